"""Answers that a client may keep, and asks each time whether they are still so (RFC 9110, 13)."""

from __future__ import annotations

import zlib
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request


def etag_for(version: str, *asked: Any) -> str:
    """`version` grows with every change of what is shown; `asked` is what makes one answer of it another."""
    return f'"{version}-{zlib.crc32(repr(asked).encode()):08x}"'


def unchanged(request: Request, etag: str) -> HttpResponseBase | None:
    """304 (or 412) when the client's condition says so; else None."""
    same: HttpResponseBase | None = get_conditional_response(request._request, etag=etag)
    return None if same is None else with_etag(same, etag)


def with_etag(answer: HttpResponseBase, etag: str) -> HttpResponseBase:
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer
