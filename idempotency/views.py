"""For views whose POSTs may be sent again with the same Idempotency-Key."""

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
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
NOT_KEPT = frozenset({409, 429})  # what was so for a moment; and every 5xx
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


class _Again(Exception):
    """The request was answered before."""

    def __init__(self, kept: StoredResponse) -> None:
        super().__init__()
        self.kept = kept


class IdempotentPosts(APIView):
    """A POST with an Idempotency-Key is done once; sent again within a day, it gets the answer of the first time.

    Comes first among the bases, so that who may not ask, or asks too often, is refused before a key is claimed.
    """

    is_idempotent: ClassVar[bool] = True  # for the API's documentation
    _claim: UUID | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method == "POST" and key is not None:
            self._claim = _begin(request, key)

    def handle_exception(self, exc: Exception) -> Response:
        answer: Any = _same(exc.kept) if isinstance(exc, _Again) else super().handle_exception(exc)
        return answer  # type: ignore[no-any-return]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        claim, self._claim = self._claim, None
        if claim is not None:  # what a POST answers is rendered later than this
            response.add_post_render_callback(lambda rendered: _end(claim, rendered))
        return response


def _begin(request: Request, key: str) -> UUID:
    """Raises what the client is to be told, or `_Again`."""
    if not _FORM.fullmatch(key):
        raise ParseError(f"{HEADER} is 1 to {KEY_LENGTH} visible ASCII characters.", code="bad_idempotency_key")
    asked = services.RequestIdentity(
        organisation=organisation_of(request).pk,
        asker=str(request.user.pk),
        key=key,
        method=str(request.method),
        path=request.path[:500],
        fingerprint=fingerprint(request),
    )
    try:
        begun = services.claim(asked)
    except services.KeyReused:
        raise KeyReused from None
    except services.UnderWay as error:
        raise StillUnderWay(error.wait) from None
    if isinstance(begun, StoredResponse):
        raise _Again(begun)
    return begun


def fingerprint(request: Request) -> str:
    """SHA-256 of the address and of what the body says, in hex: of values, as a form sent again has another border."""
    data = request.data
    said: Any = data
    if isinstance(data, QueryDict):
        said = {name: [_said(value) for value in data.getlist(name)] for name in data}
    return hashlib.sha256(json.dumps([request.get_full_path(), said], sort_keys=True).encode()).hexdigest()


def _said(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]


def _end(claim: UUID, response: Any) -> None:
    """Should the database be away by now, the client has its answer all the same, and the claim runs out."""
    try:
        if response.status_code in NOT_KEPT or response.status_code >= 500:
            services.release(claim)
        else:
            headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            services.store(claim, status=response.status_code, headers=headers, body=response.content.decode())
    except DatabaseError as error:
        log.warning("answer_not_kept", error=str(error))


def _same(kept: StoredResponse) -> HttpResponse:
    """To the byte."""
    return HttpResponse(kept.body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})
