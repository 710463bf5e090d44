"""/livez, /readyz and /metrics."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from oas import health, metrics
from oas.health import check_services
from oas.kernel.config import GliderConfig
from oas.kernel.documents import Documents
from oas.kernel.storage import Storage

NOWHERE = {"mongo_url": "mongodb://127.0.0.1:1", "s3_endpoint": "http://127.0.0.1:1"}
PARTS = ("database", "redis", "mongodb", "s3")


@pytest.fixture
def closed(settings: Settings) -> GliderConfig:
    """A configuration whose parts are at a port where nobody listens."""
    from pydantic import SecretStr

    values = {"mongo_url": SecretStr(NOWHERE["mongo_url"]), "s3_endpoint": NOWHERE["s3_endpoint"]}
    changed: GliderConfig = settings.CONFIG.model_copy(update=values)
    return changed


def test_a_process_that_answers_is_alive(client: Client) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_ready_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["down"]) == (200, "ok", [])
    assert tuple(body["parts"]) == PARTS
    for part in body["parts"].values():
        assert part["status"] == "ok"
        assert 0 <= part["milliseconds"] < 3000


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_down_is_named(client: Client, closed: GliderConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "documents", lambda: Documents(closed))
    monkeypatch.setattr(health, "storage", lambda: Storage(closed))
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["down"]) == (503, "down", ["mongodb", "s3"])
    assert body["parts"]["database"]["status"] == "ok"
    assert body["parts"]["redis"]["status"] == "ok"
    assert "127.0.0.1" not in answer.text, "what the error says goes to the log"


def test_a_part_that_hangs_costs_no_more_than_the_patience() -> None:
    let_go = threading.Event()
    try:
        parts = check_services({"hangs": lambda: let_go.wait(30), "answers": lambda: None}, patience=0.1)
    finally:
        let_go.set()
    assert parts["hangs"] == {"status": "down", "error": "no answer within 0.1 seconds"}
    assert parts["answers"]["status"] == "ok"


def test_parts_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=5)
    parts = check_services(dict.fromkeys(("a", "b", "c"), together.wait))
    assert {part["status"] for part in parts.values()} == {"ok"}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_a_probe_may_call_by_any_host_but_only_read(client: Client, path: str, db: None) -> None:
    assert client.get("/livez", headers={"Host": "10.1.2.3"}).status_code == 200
    assert client.post(path).status_code == 405


# --- metrics ---


def test_requests_are_counted_by_route_not_by_path(client: Client, db: None) -> None:
    name = 'oas_requests_total{method="GET",route="/api/auth/me/",status="401"}'
    before = measure(client, name)
    client.get("/api/auth/me/")
    client.get("/api/auth/me/")
    assert measure(client, name) == before + 2
    client.get("/api/files/salesfiles/123456789/")
    assert "123456789" not in client.get("/metrics").text


def test_unknown_methods_and_paths_make_no_measures_of_their_own(client: Client, db: None) -> None:
    client.generic("BREW", "/teapot-4711")
    page = client.get("/metrics").text
    assert "BREW" not in page
    assert "teapot-4711" not in page
    assert 'method="OTHER"' in page


def test_apps_add_what_they_know(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_gauges", {})
    metrics.register("oas_test_files", "Files.", ["status"], lambda: [(("FAILED",), 3)])
    metrics.register("oas_test_broken", "Broken.", [], lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    page = client.get("/metrics")
    assert page.status_code == 200
    assert 'oas_test_files{status="FAILED"} 3.0' in page.text


def test_without_a_token_only_private_addresses_see_measures(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


def test_behind_a_proxy_the_clients_address_counts(client: Client, settings: Settings) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"proxies": 1})
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1, 8.8.8.8"}).status_code == 404


def test_with_a_token_the_token_counts(client: Client, settings: Settings) -> None:
    from pydantic import SecretStr

    settings.CONFIG = settings.CONFIG.model_copy(update={"metrics_token": SecretStr("scrape-me")})
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-mé"}).status_code == 404
    good: Any = client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}, REMOTE_ADDR="8.8.8.8")
    assert good.status_code == 200


def measure(client: Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} ")), 0.0)
