"""The parser of JSON bodies, with a limit to how deep they are nested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from itertools import accumulate
from typing import IO, Any, Final

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

MOST_LEVELS: Final = 100  # of lists and objects within each other; no body of the API needs ten
# A string that does not end reaches to the end of the text: each character is looked at once, whatever is sent.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_OTHERS: Final = re.compile(r"[^\[\]{}]+")
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def levels_of(text: str) -> int:
    """How deep lists and objects are nested in the JSON `text`; of malformed text, up to where it is malformed."""
    brackets = _OTHERS.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def is_too_deep(text: str) -> bool:
    """Whether the JSON `text` has more than `MOST_LEVELS` levels."""
    return text.count("[") + text.count("{") > MOST_LEVELS and levels_of(text) > MOST_LEVELS


class JSONParser(parsers.JSONParser):
    """Refuses JSON of more than `MOST_LEVELS` levels before it is parsed: Python would run out of its stack."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Raises ParseError."""
        body = stream.read()
        try:
            text = body.decode((parser_context or {}).get("encoding", settings.DEFAULT_CHARSET))
        except (LookupError, ValueError) as error:
            raise ParseError(f"JSON parse error - {error}") from None
        if is_too_deep(text):
            raise ParseError(f"The JSON is nested more than {MOST_LEVELS} levels deep.")
        return super().parse(BytesIO(body), media_type, parser_context)
