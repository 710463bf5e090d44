"""The logs of all services, while files are processed and logins and requests go wrong, contain no secret."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from devstack.client import Api
from tests.e2e.conftest import Send, final
from tests.glider.driving import distrokid
from tests.session import LocalStack

CONFIGURED = ("SECRET_KEY", "WEBHOOK_SECRET", "S3_ACCESS_KEY", "S3_SECRET_KEY", "API_KEY", "ADMIN_PASSWORD")
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "MONGO_URL")


def passwords(stack: LocalStack) -> dict[str, str]:
    """Return the password or secret of each setting that has one."""
    found = {name: stack.env[f"OAS_{name}"] for name in CONFIGURED}
    return found | {name: urlsplit(stack.env[f"OAS_{name}"]).password or "" for name in ADDRESSES}


def secrets_of_clients(stack: LocalStack, url: str, path: str, password: str) -> dict[str, str]:
    """Make requests, some of which fail, and return the secrets that they sent and received."""
    with httpx.Client(base_url=url, timeout=30) as client:
        names = {"username": stack.env["OAS_ADMIN_USER"], "password": stack.env["OAS_ADMIN_PASSWORD"]}
        token = client.post("/api/auth/login/", json=names).json()["token"]
        client.post("/api/auth/login/", json=names | {"password": password})
        client.post("/admin/login/", data=names | {"password": password})
        client.get("/api/auth/me/", headers={"Authorization": f"Bearer {token}"})
        client.get("/api/auth/me/", headers={"X-Api-Key": f"abcdefgh.{password}"})
        link = {"url": f"https://bucket.s3.amazonaws.com/a.csv?X-Amz-Signature={password}&X-Amz-Expires=9"}
        client.post("/api/files/upload_automatically/", json=link, headers={"X-Api-Key": stack.env["OAS_API_KEY"]})
        rejects = client.get(path, headers={"X-Api-Key": stack.env["OAS_API_KEY"]}).json()["url"]
    signature = parse_qs(urlsplit(rejects).query)["X-Amz-Signature"][0]
    assert httpx.get(rejects[:-4] + "0000").status_code >= 400
    return {"token": token, "wrong password": password, "signature": signature[:-4]}


def logs(stack: LocalStack) -> dict[str, str]:
    files = [*(stack.folder / "logs").iterdir(), stack.folder / "console"]
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file()}


def test_no_secret_is_in_any_log_of_the_stack(stack: LocalStack, api: Api, send: Send, tmp_path: Path) -> None:
    lines = [f"2025-07|Spotify|S|||1|0.{secrets.randbelow(10**12):012}", "2025-07|Spotify|S|||1|broken"]
    file = final(api, send(distrokid(*lines), "logged.tsv"))
    assert (file["status"], file["status_cause"]) == ("PROCESSED", "many_rejects")
    rejects = f"/api/files/salesfiles/{file['id']}/rejects/"
    shared = secrets_of_clients(stack, stack.env["OAS_URL"], rejects, secrets.token_hex(16))
    found = logs(stack)
    assert {"web.log", "worker.log", "glider.log", "beat.log"} <= found.keys()
    assert rejects in found["web.log"]  # the log is of this run
    secret = {name: text for name, text in (passwords(stack) | shared).items() if text}
    assert len(secret) >= 9
    shown_to_its_owner = {
        ("console", "ADMIN_PASSWORD"),
        ("console", "API_KEY"),
    }  # the person who started it reads them there
    leaks = {(place, name) for place, text in found.items() for name, word in secret.items() if word in text}
    assert leaks - shown_to_its_owner == set()
