"""Pages for people: all their files are served from here, and no script runs inline."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

ASSET = re.compile(r'<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]+)"')
INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")")
HANDLER = re.compile(r"<[^>]+\son[a-z]+=")
PAGES = ("/api/docs/", "/api/redoc/", "/admin/login/")
INSIDE = ("/admin/", "/admin/accounts/apikey/add/", "/admin/accounts/organisation/", "/admin/salesfiles/salesfile/")


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def policy(answer: Any) -> dict[str, list[str]]:
    directives = [part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in directives}


def check_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    scripts = policy(answer).get("script-src") or policy(answer)["default-src"]
    assert scripts == ["'self'"]
    assert policy(answer)["object-src"] == ["'none'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = answer.text
    assert not INLINE_SCRIPT.search(page)
    assert not HANDLER.search(page)
    assets = ASSET.findall(page)
    assert assets
    for address in assets:
        check_asset(client, urljoin(path, address))


def check_asset(client: Client, address: str) -> None:
    assert not urlsplit(address).netloc, f"{address} is not served from here"
    if address.startswith("data:"):
        return
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert b"".join(answer) if answer.streaming else answer.content, address


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_is_whole_and_runs_nothing_inline(client: Client, db: None, path: str) -> None:
    check_page(client, path)


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_of_the_admin_is_whole_and_runs_nothing_inline(staff: Client, path: str) -> None:
    check_page(staff, path)


def test_redoc_fetches_nothing_from_elsewhere(client: Client, db: None) -> None:
    library = client.get("/api/redoc/library.js")
    assert library["Content-Type"].startswith("text/javascript")
    assert "cdn.redoc.ly" not in library.text
    assert "/static/oas/favicon.svg" in library.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_an_icon(client: Client, db: None, path: str) -> None:
    assert re.search(r'<link rel="(?:shortcut )?icon"', client.get(path).text)


def test_the_icon_is_found_where_browsers_look(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    check_asset(client, answer["Location"])


def test_the_schema_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making it takes a second, and every caller may ask for it."""
    first = client.get("/api/schema/").content
    monkeypatch.setattr("oas.api.docs_pages.SchemaGenerator", None)
    assert client.get("/api/schema/").content == first


def test_only_the_viewers_may_put_styles_inline(client: Client, staff: Client) -> None:
    assert "style-src" not in policy(staff.get("/admin/"))
    assert policy(client.get("/api/docs/"))["style-src"] == ["'self'", "'unsafe-inline'"]


def test_the_viewers_read_our_schema(client: Client) -> None:
    assert "/api/schema/" in client.get("/api/docs/?script=").text
    assert 'spec-url="/api/schema/"' in client.get("/api/redoc/").text
    assert client.get("/api/schema/").status_code == 200


def test_the_front_door_leads_to_the_docs(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/api/docs/")


def test_the_first_click_into_the_admin_shows_everything(staff: Client) -> None:
    page = staff.get("/admin/").text
    for name in ("Organisations", "API keys", "Memberships", "Login tokens", "Users"):
        assert name in page


# --- other origins ---


def test_a_browser_of_a_named_origin_is_let_in(client: Client, db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://label.example"]
    asked = {"Origin": "https://label.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/auth/me/", headers=asked)
    assert answer["Access-Control-Allow-Origin"] == "https://label.example"
    assert "x-api-key" in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    read = client.get("/api/auth/me/", headers={"Origin": "https://label.example"})
    assert "x-request-id" in read["Access-Control-Expose-Headers"]


def test_a_browser_of_another_origin_is_not(client: Client, db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://label.example"]
    answer = client.get("/api/auth/me/", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer


def test_an_unknown_host_is_refused_without_a_traceback(client: Client, db: None) -> None:
    answer = client.get("/api/auth/me/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
