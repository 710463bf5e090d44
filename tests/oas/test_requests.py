"""Headers that cannot be read are 400 in the one envelope, wherever they are sent, without login."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from oas.middleware import UNREADABLE
from oas.requests import Handler, is_text_encoding

ROUTES = ["/api/auth/login/", "/api/files/", "/api/webhooks/glider/", "/api/nothing/", "/admin/login/", "/admin/"]
BYTES = ["base64", "hex", "bz2", "zlib"]
NO_TEXT = [*BYTES, "rot13", "undefined", "idna", "punycode", "utf-16", "nonsense", "x" * 5000, ""]


@pytest.fixture
def client(application: Handler) -> Client:
    return Client(application)


def send(client: Client, route: str, kind: str, body: bytes = b"{}", **options: Any) -> TestResponse:
    return client.post(route, data=body, content_type=kind, **options)


def is_refused(answer: TestResponse) -> bool:
    error = {"code": "parse_error", "detail": UNREADABLE, "attr": None}
    return answer.status_code == 400 and json.loads(answer.data) == {"type": "client_error", "errors": [error]}


@pytest.mark.parametrize("charset", NO_TEXT)
@pytest.mark.parametrize("route", ROUTES)
def test_a_charset_that_is_no_text_encoding_is_400(client: Client, route: str, charset: str) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = send(client, route, f"{kind}; charset={charset}", query_string="a=%41")
        assert is_refused(answer), kind
        assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_header_that_cannot_be_parsed_is_400(client: Client, route: str) -> None:
    assert is_refused(send(client, route, "application/json; x*=nonsense''a"))
    assert is_refused(send(client, route, "application/json", headers={"Accept": "text/html; q*=nonsense''1"}))


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", "latin-1", "windows-1252", '"utf-8"'])
def test_a_charset_of_text_is_read(client: Client, charset: str) -> None:
    body = b'{"username": "nobody", "password": "none"}'
    answer = send(client, "/api/auth/login/", f"application/json; charset={charset}", body)
    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_too_many_parameters_are_400_whatever_the_charset(client: Client, kind: str) -> None:
    query = "&".join(f"f{number}=" for number in range(1001))
    assert client.get("/admin/login/", query_string=query, content_type=kind).status_code == 400


@pytest.mark.parametrize("name", ["a\0b", "é", "../x", "aliases", "utf_8.x"])
def test_a_name_of_no_encoding_is_none(name: str) -> None:
    assert not is_text_encoding(name)
