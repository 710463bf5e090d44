"""ETags: a client keeps an answer and asks each time whether it is still valid (RFC 9110, section 13)."""

from __future__ import annotations

import zlib
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request


def etag_for(version: str, *question: Any) -> str:
    """The ETag of an answer to `question` about data whose `version` grows with every change."""
    return f'"{version}-{zlib.crc32(repr(question).encode()):08x}"'


def unchanged(request: Request, etag: str) -> HttpResponseBase | None:
    """304 (or 412) when the condition of `request` calls for it; None when the answer has to be made."""
    same: HttpResponseBase | None = get_conditional_response(request._request, etag=etag)
    return None if same is None else with_etag(same, etag)


def with_etag(answer: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Set the `etag` of `answer`, which no shared cache may keep: it belongs to one organisation."""
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer
