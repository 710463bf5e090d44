"""Every error reaches a client in the one envelope, and never as a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.urls import path
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisDown
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from oas import urls
from oas.api.errors import Conflict, PreconditionFailed, TooLarge
from oas.kernel.documents import DocumentsError
from oas.kernel.storage import ObjectAbsent, StorageError

SECRET = "postgresql://oas:hunter2@10.0.0.1/oas"


class Breaking(APIView):
    """Raises what the test put here."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    error: Exception = Exception()

    def get(self, request: Request) -> Response:
        raise type(self).error

    def post(self, request: Request) -> Response:
        return Response({"sent": request.data})


urlpatterns = [path("api/breaking/", Breaking.as_view()), *urls.urlpatterns]
handler404, handler500 = urls.handler404, urls.handler500
pytestmark = pytest.mark.urls("tests.oas.api.test_errors")


@pytest.fixture
def api() -> APIClient:
    return APIClient(raise_request_exception=False)


def answer_to(api: APIClient, error: Exception) -> Any:
    Breaking.error = error
    return api.get("/api/breaking/")


def first(answer: Any) -> dict[str, Any]:
    body = answer.json()
    assert set(body) == {"type", "errors"}
    return dict(body["errors"][0], type=body["type"])


DOWN = [
    (OperationalError(SECRET), "database"),
    (InterfaceError(SECRET), "database"),
    (RedisDown(SECRET), "redis"),
    (BrokerError(SECRET), "redis"),
    (DocumentsError(SECRET), "mongodb"),
    (StorageError(SECRET), "s3"),
    (EndpointConnectionError(endpoint_url=SECRET), "s3"),
]


@pytest.mark.parametrize(("error", "part"), DOWN, ids=[f"{type(error).__name__}" for error, _ in DOWN])
def test_a_service_that_is_down_is_503_and_named(api: APIClient, error: Exception, part: str) -> None:
    answer = answer_to(api, error)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert first(answer) == {
        "type": "server_error",
        "code": "part_down",
        "detail": f"The {part} does not answer at the moment: try again in a few seconds.",
        "attr": None,
        "part": part,
    }


def test_a_conflict_carries_its_own_fields(api: APIClient) -> None:
    error = Conflict("Not now.", "invalid_transition", status="CLEANING", actions=["reimport"])
    answer = answer_to(api, error)
    assert answer.status_code == 409
    assert first(answer) == {
        "type": "client_error",
        "code": "invalid_transition",
        "detail": "Not now.",
        "attr": None,
        "status": "CLEANING",
        "actions": ["reimport"],
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Conflict(), 409, "conflict"),
        (PreconditionFailed(), 412, "precondition_failed"),
        (TooLarge(), 413, "too_large"),
        (Http404(), 404, "not_found"),
        (SuspiciousOperation(SECRET), 400, "parse_error"),
        (DataError(SECRET), 400, "out_of_range"),
    ],
)
def test_expected_errors_have_their_status(api: APIClient, error: Exception, status: int, code: str) -> None:
    answer = answer_to(api, error)
    assert answer.status_code == status
    assert first(answer)["code"] == code
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("error", [ValueError(SECRET), ObjectAbsent(SECRET), KeyError("x"), RecursionError(SECRET)])
def test_a_bug_is_500_without_details(
    api: APIClient, error: Exception, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    for debug in (False, True):
        settings.DEBUG = debug
        answer = answer_to(api, error)
        assert answer.status_code == 500
        assert answer["Content-Type"] == "application/json"
        assert first(answer) == {
            "type": "server_error",
            "code": "error",
            "detail": "Something broke on our side; it has been noted.",
            "attr": None,
        }
    assert any(record.exc_info for record in caplog.records), "but the log has the traceback"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("where", ["/api/nothing/", "/api/nothing", "/api/", "/api/auth/me"])
def test_an_unknown_route_of_the_api_is_json(api: APIClient, settings: Any, where: str, debug: bool) -> None:
    settings.DEBUG = debug
    for method in ("get", "post", "delete"):
        answer = getattr(api, method)(where)
        assert answer.status_code == 404
        assert first(answer)["code"] == "not_found"


def test_an_unknown_page_is_a_page(api: APIClient) -> None:
    answer = api.get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_body_that_is_no_json_is_400(api: APIClient) -> None:
    answer = api.post("/api/breaking/", b"{", content_type="application/json")
    assert answer.status_code == 400
    assert first(answer)["code"] == "parse_error"


def test_a_body_of_another_kind_is_415(api: APIClient) -> None:
    answer = api.post("/api/breaking/", b"x", content_type="text/csv")
    assert answer.status_code == 415
    assert first(answer)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/csv", ""])
def test_a_body_over_the_limit_is_413(api: APIClient, settings: Any, kind: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    fits = api.post("/api/breaking/", b'"' + b"x" * 98 + b'"', content_type="application/json")
    assert fits.status_code == 200
    answer = api.generic("POST", "/api/breaking/", "x" * 101, content_type=kind)
    assert answer.status_code == 413
    assert first(answer)["detail"] == "The request body is over the limit of 100 bytes."


def test_a_multipart_body_has_a_limit_of_its_own(api: APIClient, settings: Any) -> None:
    settings.MULTIPART_MAX_SIZE = 300
    assert api.post("/api/breaking/", {"a": "x"}, format="multipart").status_code == 200
    assert api.post("/api/breaking/", {"a": "x" * 300}, format="multipart").status_code == 413


def test_too_many_fields_are_400(api: APIClient) -> None:
    body = "&".join(f"f{number}=" for number in range(1001))
    answer = api.generic("POST", "/api/breaking/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert first(answer)["code"] == "parse_error"


def test_a_wrong_method_is_405(api: APIClient) -> None:
    answer = api.delete("/api/breaking/")
    assert answer.status_code == 405
    assert first(answer)["code"] == "method_not_allowed"


@contextmanager
def closed_port(settings: Any) -> Iterator[None]:
    """Django's cache at a port where no server listens."""
    from django.core.cache import caches

    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    try:
        yield
    finally:
        caches._connections = SimpleNamespace()  # type: ignore[attr-defined]


def test_a_redis_that_is_down_stops_no_request(api: APIClient, settings: Any) -> None:
    with closed_port(settings):
        assert api.post("/api/breaking/", {"a": 1}).status_code == 200
