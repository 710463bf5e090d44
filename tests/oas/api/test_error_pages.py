"""Pages of errors run no script inline either, and show nothing of the inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from tests.oas.api.test_docs_pages import HANDLER, INLINE_SCRIPT, policy

Ask = Callable[[Client], Any]


def locked_out(client: Client) -> Any:
    return [client.post("/admin/login/", {"username": "alice", "password": "wrong"}) for _ in range(5)][-1]


def forbidden(client: Client) -> Any:
    client.force_login(User.objects.create_user("looker", is_staff=True))
    return client.get("/admin/accounts/apikey/")


def forged(client: Client) -> Any:
    return Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "alice", "password": "wrong"})


def missing(client: Client) -> Any:
    return client.get("/no/such/page/")


def wrong_host(client: Client) -> Any:
    with override_settings(ALLOWED_HOSTS=["label.example"]):
        return client.get("/admin/login/", headers={"Host": "evil.example"})


@pytest.mark.parametrize(
    ("ask", "status"), [(locked_out, 429), (forbidden, 403), (forged, 403), (missing, 404), (wrong_host, 400)]
)
def test_a_page_of_an_error_runs_nothing_inline(client: Client, db: None, ask: Ask, status: int) -> None:
    answer = ask(client)
    assert answer.status_code == status
    assert (policy(answer).get("script-src") or policy(answer)["default-src"]) == ["'self'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not INLINE_SCRIPT.search(answer.text)
    assert not HANDLER.search(answer.text)
    assert "Traceback" not in answer.text


def test_a_defect_shows_no_traceback(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("hunter22")

    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.each_context", broken)
    client.raise_request_exception = False
    answer = client.get("/admin/login/")
    assert answer.status_code == 500
    assert (policy(answer).get("script-src") or policy(answer)["default-src"]) == ["'self'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert not INLINE_SCRIPT.search(answer.text)
    assert "hunter22" not in answer.text
    assert "Traceback" not in answer.text
