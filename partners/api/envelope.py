"""Answers of the partner API: XML unless the request accepts JSON, in the envelope that partners' clients expect.

An answer is a dict. In XML its keys are elements; the key `@id` is an attribute, `#text` the text of the element, and
a list one element for each entry, by the name of its key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse

from partners.api.errors import PartnerError, SignatureError

VERSION: Final = "1.2"
XML: Final = "text/xml; charset=utf-8"
JSON: Final = "application/json; charset=utf-8"
_SCHEMA: Final = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:noNamespaceSchemaLocation="http://api.7digital.com/1.2/static/7digitalAPI.xsd"'
)
_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Items:
    """A list: an array in JSON, and in XML elements called `name` within that of its key."""

    name: str
    values: Sequence[Any]


@dataclass(frozen=True)
class Hash:
    """Names and texts: an object in JSON, and in XML elements called `name` with the attribute `key`."""

    name: str
    values: Mapping[str, str]


def ok(request: HttpRequest, answer: Answer, *, xml_only: bool = False, **headers: str) -> HttpResponse:
    """Return `answer` in the envelope of success, as JSON if `request` accepts it."""
    if wants_json(request) and not xml_only:
        return _json({"status": "ok", "version": VERSION, **plain(answer)}, 200, headers)
    return _xml("ok", answer, 200, headers)


def refused(request: HttpRequest, error: PartnerError, *, xml_only: bool = False) -> HttpResponse:
    """Return `error` in the envelope of errors."""
    headers = {"Retry-After": str(error.wait)} if error.wait else {}
    if wants_json(request) and not xml_only:
        facts: dict[str, Any] = {"code": error.code, "message": error.text, "errorMessage": error.text}
        if error.items is not None:
            facts["errors"] = error.items
        return _json({"status": "error", "version": VERSION, "error": facts}, error.status, headers)
    body = {"error": {"@code": str(error.code), "errorMessage": error.text, **_details(error)}}
    return _xml("error", body, error.status, headers)


def _details(error: PartnerError) -> dict[str, Any]:
    """The errors of single items, as elements."""
    items = [
        {"@code": str(item["code"]), "@index": str(item["index"]), "#text": item["message"]}
        for item in error.items or ()
    ]
    return {"errors": Items("error", items)} if items else {}


def unsigned(error: SignatureError) -> HttpResponse:
    """Return the plain text that a failed signature gets."""
    return HttpResponse(error.text, status=401, content_type="text/plain; charset=utf-8")


def wants_json(request: HttpRequest) -> bool:
    """Whether Accept names JSON; nothing, or anything, means XML."""
    ranges = (part.partition(";")[0].strip().lower() for part in request.headers.get("Accept", "").split(","))
    return "application/json" in ranges


def moment(time: datetime) -> str:
    """Return `time` in ISO 8601, UTC, with Z; fractions of a second only where there are any."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Return an answer as JSON has it: attributes by their bare name, texts of elements as strings."""
    if isinstance(value, Mapping):
        # An element that is nothing but a text with attributes has its text under `value`.
        return {("value" if key == "#text" else key.removeprefix("@")): plain(each) for key, each in value.items()}
    if isinstance(value, Hash):
        return dict(value.values)
    values = value.values if isinstance(value, Items) else value
    return [plain(each) for each in values] if isinstance(values, list | tuple) else value


def _json(body: dict[str, Any], status: int, headers: Mapping[str, str]) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type=JSON, headers=dict(headers))


def _xml(status_text: str, answer: Answer, status: int, headers: Mapping[str, str]) -> HttpResponse:
    inner = "".join(_element(name, value) for name, value in answer.items())
    head = f'<?xml version="1.0" encoding="utf-8"?><response status="{status_text}" version="{VERSION}" {_SCHEMA}>'
    text = f"{head}{inner}</response>"
    return HttpResponse(text, status=status, content_type=XML, headers=dict(headers))


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, Items):
        return f"<{name}>{_element(value.name, list(value.values))}</{name}>"
    if isinstance(value, Hash):
        pairs = [{"@key": key, "#text": text} for key, text in value.values.items()]
        return f"<{name}>{_element(value.name, pairs)}</{name}>"
    if not isinstance(value, Mapping):
        return f"<{name}>{_text(value)}</{name}>" if value is not None else f"<{name}/>"
    attributes = "".join(f" {key[1:]}={quoteattr(_clean(str(each)))}" for key, each in value.items() if key[0] == "@")
    inner = "".join(
        _text(each) if key == "#text" else _element(key, each) for key, each in value.items() if key[0] != "@"
    )
    return f"<{name}{attributes}>{inner}</{name}>"


def _text(value: Any) -> str:
    return escape(_clean("true" if value is True else "false" if value is False else str(value)))


def _clean(text: str) -> str:
    """`text` without what XML 1.0 cannot hold at all, not even as a reference."""
    return _NOT_IN_XML.sub("\ufffd", text)
