"""The base of views whose POSTs may be sent again with the same Idempotency-Key."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, ClassVar
from uuid import UUID

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.http import HttpResponse, QueryDict
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import organisation_of
from idempotency import services
from idempotency.models import StoredResponse
from oas.api.errors import Conflict
from oas.api.idempotency_key import HEADER, KEY_LENGTH

REPLAYED = "Idempotent-Replayed"
STORED_HEADERS = ("Content-Type", "ETag", "Location")
NOT_STORED = frozenset({409, 429})  # refusals of the moment; and every 5xx
log = structlog.get_logger(__name__)
_FORM = re.compile(rf"[\x21-\x7e]{{1,{KEY_LENGTH}}}")


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = f"This {HEADER} came before with another request: take a new one for each request of its own."


class StillUnderWay(Conflict):
    """409 with Retry-After."""

    def __init__(self, wait: int) -> None:
        super().__init__("The first request with this key is still being answered.", "request_in_progress")
        self.wait = wait


class _Repeated(Exception):
    """The request was answered before, with `stored`."""

    def __init__(self, stored: StoredResponse) -> None:
        super().__init__()
        self.stored = stored


class IdempotentPosts(APIView):
    """A POST with an Idempotency-Key is done once; sent again within a day, it gets the response of the first time.

    Must be the first base of a view.
    """

    is_idempotent: ClassVar[bool] = True  # for the OpenAPI schema
    _claim: UUID | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Permissions and throttles come first: a caller that is refused claims no key.
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method == "POST" and key is not None:
            self._claim = _claimed(request, key)

    def handle_exception(self, exc: Exception) -> Response:
        answer: Any = _repeat(exc.stored) if isinstance(exc, _Repeated) else super().handle_exception(exc)
        return answer  # type: ignore[no-any-return]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        claim, self._claim = self._claim, None
        if claim is not None:
            # The response is rendered after this, and stored as it was rendered.
            response.add_post_render_callback(lambda rendered: _finish(claim, rendered))
        return response


def _claimed(request: Request, key: str) -> UUID:
    """A claim of `key`. Raises `_Repeated` when there is a response already, and otherwise what the client gets."""
    if not _FORM.fullmatch(key):
        raise ParseError(f"{HEADER} is 1 to {KEY_LENGTH} visible ASCII characters.", code="bad_idempotency_key")
    identity = services.RequestIdentity(
        organisation=organisation_of(request).pk,
        caller=str(request.user.pk),
        key=key,
        method=str(request.method),
        path=request.path[:500],
        fingerprint=fingerprint(request),
    )
    try:
        found = services.claim(identity)
    except services.KeyReused:
        raise KeyReused from None
    except services.UnderWay as error:
        raise StillUnderWay(error.wait) from None
    if isinstance(found, StoredResponse):
        raise _Repeated(found)
    return found


def fingerprint(request: Request) -> str:
    """SHA-256 of the address and the values of the body, in hex."""
    # Of the values, not of the bytes: a form that is sent again has another boundary.
    data = request.data
    values: Any = data
    if isinstance(data, QueryDict):
        values = {name: [_comparable(value) for value in data.getlist(name)] for name in data}
    return hashlib.sha256(json.dumps([request.get_full_path(), values], sort_keys=True).encode()).hexdigest()


def _comparable(value: Any) -> Any:
    """`value` of a form; of an uploaded file its name and the SHA-256 of its content."""
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]


def _finish(claim: UUID, response: Any) -> None:
    """Store `response` for the next request with the key, or release the key."""
    try:
        if response.status_code in NOT_STORED or response.status_code >= 500:
            services.release(claim)
        else:
            headers = {name: response[name] for name in STORED_HEADERS if name in response}
            services.store(claim, status=response.status_code, headers=headers, body=response.content.decode())
    except DatabaseError as error:
        # The request is done: the client gets its response all the same, and the claim runs out.
        log.warning("response_not_stored", error=str(error))


def _repeat(stored: StoredResponse) -> HttpResponse:
    """The stored response, to the byte."""
    return HttpResponse(stored.body, status=stored.status, headers={**stored.headers, REPLAYED: "true"})
