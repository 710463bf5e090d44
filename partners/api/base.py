"""The base of the partner API's views: signature, throttle, envelope, and what a refusal looks like."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from accounts.throttling import WINDOW, count
from oas.kernel.documents import DocumentsError
from oas.kernel.storage import StorageError
from partners.api import envelope
from partners.api.errors import PartnerError, SignatureError
from partners.api.oauth import verify
from partners.api.parameters import Parameters, parameters_of
from partners.models import ConsumerKey, Partner

DOWN: Final = (DatabaseError, DocumentsError, RedisError, StorageError)
METHODS: Final = ("get", "post", "delete", "head")
log = structlog.get_logger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class PartnerView(View):
    """A route of the partner API. Methods are `on_get`, `on_post`, `on_delete`, and return what the envelope takes."""

    xml_only: ClassVar[bool] = False
    repeats: ClassVar[int] = 0  # seconds that a signature may come again; 0: once
    longest_body: ClassVar[int] = 2 * 1024 * 1024

    key: ConsumerKey
    partner: Partner
    parameters: Parameters

    def dispatch(self, request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        try:
            self._admit(request)
            return self._answered(request, path)
        except SignatureError as error:
            return envelope.unsigned(error)
        except PartnerError as error:
            return envelope.refused(request, error, xml_only=self.xml_only)
        except DOWN:
            log.exception("partner_request_down")
            down = PartnerError(7001, "A part of the service is down: try again soon.", status=503, wait=5)
            return envelope.refused(request, down, xml_only=self.xml_only)
        except Exception:
            log.exception("partner_request_failed")
            return envelope.refused(request, PartnerError(9001, "Internal error"), xml_only=self.xml_only)

    def _admit(self, request: HttpRequest) -> None:
        """Check the signature first, then the throttle: nobody else can use up what a key may ask."""
        _refuse_large(request, self.longest_body)
        self.key = verify(request, repeats=self.repeats)
        self.partner = self.key.partner
        structlog.contextvars.bind_contextvars(organisation=self.partner.organisation_id, partner=self.partner.pk)
        self.throttle()

    def throttle(self) -> None:
        """Raise `PartnerError` 7001 when the key has asked too often in this minute."""
        refuse_often(f"partner:{self.key.pk}", settings.CONFIG.partner_requests_per_minute)

    def _answered(self, request: HttpRequest, path: dict[str, Any]) -> HttpResponseBase:
        handler: Callable[..., HttpResponseBase] | None = getattr(self, f"on_{(request.method or '').lower()}", None)
        if handler is None:
            raise PartnerError(2001, "No such route.", status=405)
        self.parameters = parameters_of(request)
        return handler(request, **path)

    def country(self) -> str:
        """Return the required parameter `country`, one that the partner is served in. Raises `PartnerError`."""
        return self.parameters.country(set(self.partner.countries))

    def ok(self, answer: envelope.Answer, **headers: str) -> HttpResponse:
        """Return `answer` in the envelope of success."""
        return envelope.ok(self.request, answer, xml_only=self.xml_only, **headers)


def _refuse_large(request: HttpRequest, most: int) -> None:
    """Raise `PartnerError` 1002 for a body over `most` bytes, also for one that does not say its size."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    try:
        large = not stated.isdigit() or int(stated) > most or len(request.body) > most
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise PartnerError(1002, "The body cannot be read, or is too large.") from error
    if large:
        raise PartnerError(1002, "The body is too large.")


def refuse_often(name: str, most: int, window: int = WINDOW) -> None:
    """Raise `PartnerError` 7001 once `name` has been counted more than `most` times within `window` seconds.

    While Redis is down nothing is refused: throttles protect capacity, not access.
    """
    try:
        counted = count(f"throttle:{name}:{window}:{int(time.time()) // window}")
    except RedisError:
        return
    if counted > most:
        raise PartnerError(7001, "Too many requests", wait=max(1, int(window - time.time() % window)))


def json_body(request: HttpRequest) -> Any:
    """Return the JSON of the body. Raises `PartnerError` 1002."""
    try:
        return json.loads(request.body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PartnerError(1002, "The body cannot be read as JSON.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def no_such_route(request: HttpRequest) -> HttpResponse:
    """Answer any other address below the partner API."""
    return envelope.refused(request, PartnerError(2001, "No such route."))
