"""Middleware of every request: its id, its line in the log, its metrics, the limit of its body and its headers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from oas import metrics
from oas.api.errors import envelope
from oas.requests import has_readable_headers

Next = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = "X-Request-ID"
_TRUSTED = re.compile(r"[A-Za-z0-9-]{8,64}")
QUIET = ("/livez", "/readyz", "/metrics", "/static/")  # asked for all the time: logged only when they fail
UNREADABLE = "The header Content-Type or Accept cannot be read, or names a charset that is no text encoding: use UTF-8."
log = structlog.get_logger(__name__)


def address_of(request: HttpRequest | Request) -> str:
    """The IP address of the client, as the outermost of our own proxies saw it; never what the client claims."""
    # A client can send X-Forwarded-For itself; each of our proxies adds one entry at the end.
    count = settings.CONFIG.proxies
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if count and seen:
        return str(seen[-min(count, len(seen))])
    return str(request.META.get("REMOTE_ADDR", ""))


class RequestLog:
    """Binds `request_id` for all log lines of a request, and writes one line when it is answered."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=_request_id(request))
        try:
            response = self.get_response(request)
            self._finish(request, response, time.perf_counter() - started)
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    def _finish(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        response[REQUEST_ID] = structlog.contextvars.get_contextvars()["request_id"]
        metrics.observe_request(request.method or "", _route(request), response.status_code, seconds)
        write = log.debug if request.path.startswith(QUIET) and response.status_code < 400 else log.info
        write(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )


class BodyLimit:
    """Answers 413 before a body over the limit is read.

    Django has such a limit as well, but the JSON parser of DRF reads past it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = _body_limit(request)
        if _content_length(request) > limit and not _has_own_envelope(request):
            return envelope(413, "too_large", f"The request body is over the limit of {limit} bytes.")
        return self.get_response(request)


class ReadableHeaders:
    """Answers 400 when Content-Type or Accept cannot be parsed, or the charset is no encoding of text."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not has_readable_headers(request) and not _has_own_envelope(request):
            return envelope(400, "parse_error", UNREADABLE)
        return self.get_response(request)


def _has_own_envelope(request: HttpRequest) -> bool:
    """Whether the routes below this address answer in an envelope of their own, and so refuse for themselves."""
    return request.path.lower().startswith(settings.OWN_ENVELOPES)


def _body_limit(request: HttpRequest) -> int:
    multipart = (request.content_type or "").startswith("multipart/")
    return int(settings.MULTIPART_MAX_SIZE if multipart else settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _request_id(request: HttpRequest) -> str:
    """The id that the caller sent, so that its logs can be joined with ours, or else a new one."""
    given = request.headers.get(REQUEST_ID, "")
    return given if _TRUSTED.fullmatch(given) else uuid4().hex


def _route(request: HttpRequest) -> str:
    """The pattern of the route, for metrics: a path with its ids would be a time series of its own."""
    if request.path.startswith(QUIET):
        return next(path for path in QUIET if request.path.startswith(path))
    match = request.resolver_match
    return f"/{match.route}" if match else "(none)"
