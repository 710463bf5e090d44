"""Errors as clients see them: one envelope for all (drf-standardized-errors).

{"type": "client_error", "errors": [{"code": "…", "detail": "…", "attr": null, …}]}
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException

from oas.kernel.documents import DocumentsError
from oas.kernel.storage import ObjectAbsent, ObjectChanged, StorageError

RETRY_AFTER = 5  # seconds that a client is asked to wait when a service is down

DOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((OperationalError, InterfaceError), "database"),
    ((RedisError, BrokerError), "redis"),
    (DocumentsError, "mongodb"),
    ((StorageError, BotoCoreError), "s3"),
)


class Conflict(APIException):
    """409: the request is right, but not in the current state. `fields` go into the error beside code and detail."""

    status_code = 409
    default_detail = "This is not possible in the current state."
    default_code = "conflict"

    def __init__(self, detail: str | None = None, code: str | None = None, **fields: Any) -> None:
        super().__init__(detail, code)
        self.fields = fields


class PreconditionFailed(APIException):
    """412: the header If-Match names another version."""

    status_code = 412
    default_detail = "It has been changed since you read it: read it again."
    default_code = "precondition_failed"


class LimitReached(APIException):
    """429 with Retry-After, in `wait` seconds. The error names the `limit` and its value, `most`."""

    status_code = 429
    default_code = "quota_reached"

    def __init__(self, detail: str, *, limit: str, most: int, wait: float) -> None:
        super().__init__(detail)
        self.fields = {"limit": limit, "most": most}
        self.wait = wait


class TooLarge(APIException):
    """413: the body is over the limit."""

    status_code = 413
    default_detail = "The request body is too large."
    default_code = "too_large"


class ServiceDown(APIException):
    """503 with Retry-After: a service (database, redis, mongodb, s3; in the error: `part`) does not answer."""

    status_code = 503
    default_code = "part_down"
    wait = RETRY_AFTER

    def __init__(self, part: str) -> None:
        super().__init__(f"The {part} does not answer at the moment: try again in a few seconds.")
        self.fields = {"part": part}


def service_down(error: Exception) -> ServiceDown | None:
    """The 503 for an `error` of the client of a service; None for any other error."""
    # These two are answers of a store that works.
    if isinstance(error, (ObjectAbsent, ObjectChanged)):
        return None
    return next((ServiceDown(part) for kinds, part in DOWN if isinstance(error, kinds)), None)


# --- errors outside of API views: unknown routes, middleware ---

NO_ROUTE = "There is nothing at this address. (Addresses of the API end with a slash.)"


def envelope(status: int, code: str, detail: str, **fields: Any) -> JsonResponse:
    """The envelope of one error, for answers that no view of the API makes."""
    kind = "client_error" if status < 500 else "server_error"
    error = {"code": code, "detail": detail, "attr": None, **fields}
    return JsonResponse({"type": kind, "errors": [error]}, status=status)


def is_api(request: HttpRequest) -> bool:
    """Whether errors of `request` are answered in JSON, not as a page."""
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return envelope(400, "parse_error", "The request is malformed.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return envelope(403, "permission_denied", "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return envelope(404, "not_found", NO_ROUTE)
    return defaults.page_not_found(request, exception)


@csrf_exempt
def no_such_route(request: HttpRequest) -> HttpResponse:
    return envelope(404, "not_found", NO_ROUTE)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return envelope(500, "error", "Something broke on our side; it has been noted.")
    return defaults.server_error(request)
