"""Requests as Django makes them of what a server passes on, and which of their headers can be read."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

_ASCII = b"xn--" + bytes(range(128))  # what punycode begins with, and every character


def is_text_encoding(name: str) -> bool:
    """Whether `name` is an encoding that extends ASCII, so that JSON, forms and addresses can be read in it."""
    # Python knows others by name as well: base64 and bz2 make bytes of bytes, punycode and idna write names of hosts.
    try:
        return _ASCII.decode(name) == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        return False


def has_readable_headers(request: HttpRequest) -> bool:
    """Whether Content-Type and Accept can be parsed, and the charset of the body, if there is one, can be read."""
    try:
        request.accepted_types  # noqa: B018  (parsed when it is read)
    except ValueError:
        return False
    charset = (request.content_params or {}).get("charset")
    return getattr(request, "has_readable_type", True) and (charset is None or is_text_encoding(charset))


class Request(WSGIRequest):
    """A request that can be made of any headers; `oas.middleware.ReadableHeaders` refuses it afterwards."""

    has_readable_type = True

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        # Django parses the query string here, with any charset that Python knows. What that raises would come before
        # every middleware and error page: the server would answer with a page of its own.
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}
            self.has_readable_type = False
        charset = self.content_params.get("charset", "")
        if is_text_encoding(charset):
            self._encoding = charset


class Handler(WSGIHandler):
    """The application, with requests of our own."""

    request_class = Request
