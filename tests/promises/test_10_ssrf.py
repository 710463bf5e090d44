"""Promise 10: no link leads OAS to an inside address, however it is written."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from rest_framework.test import APIClient

from fetcher.models import Batch
from oas.kernel.http import safe_http

LINKS = (
    "https://127.0.0.1/a.csv", "https://2130706433/a.csv", "https://0x7f.1/a.csv", "https://0177.0.0.1/a.csv",
    "https://[::1]/a.csv", "https://[::ffff:127.0.0.1]/a.csv", "https://[64:ff9b::7f00:1]/a.csv",
    "https://[2002:7f00:1::]/a.csv", "https://100.64.0.1/a.csv", "https://169.254.169.254/latest/meta-data/",
    "https://drive.google.com@evil.example/a.csv", "https://evil.example:22/a.csv", "http://evil.example/a.csv",
    "file:///etc/passwd", "ftp://evil.example/a.csv", "gopher://evil.example/",
    "https://drive.google.com.evil.example/file/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012345/view",
)  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_a_link_to_the_inside_is_refused_before_anything_is_stored(alice_api: APIClient, link: str) -> None:
    for signed in ("", "?X-Amz-Signature=0&X-Amz-Expires=900&X-Amz-Algorithm=AWS4-HMAC-SHA256"):
        answer = alice_api.post("/api/files/upload_automatically/", {"url": link + signed})
        assert answer.status_code == 400
    assert not Batch.everything.exists()


def test_this_machine_is_refused_by_its_name() -> None:
    with pytest.raises(safe_http.Blocked):
        safe_http.vetted("https://localhost/a.csv")


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "100.64.0.1", "64:ff9b::7f00:1"])
def test_a_public_name_that_resolves_to_an_inside_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answering("1.1.1.1", inside))
    with pytest.raises(safe_http.Blocked):
        safe_http.vetted("https://files.example/a.csv")


def _answering(*addresses: str) -> Any:
    found = [(_family(each), socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]
    return lambda *args, **options: found


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def test_the_callback_address_is_a_setting_and_never_taken_from_a_request(alice_api: APIClient) -> None:
    given = {"filename": "a.csv", "filetype": "CSV", "filesize": 1, "mongo_db_id": "0" * 24}
    answer = alice_api.post("/api/files/salesfiles/", given | {"callback_url": "https://evil.example/"})
    assert "evil" not in answer.content.decode()
