"""Parameters of a request: query and form together, names in any case, values exactly as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

import pycountry
from django.http import HttpRequest

from partners.api.errors import PartnerError, invalid, missing
from partners.services.times import parse_moment

MOST_FIELDS: Final = 500
LARGEST: Final = 2**31 - 1
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Parameters:
    """The parameters of one request. `values`: name in lower case → every value that was sent, in order."""

    values: Mapping[str, list[str]] = field(default_factory=dict)

    def text(self, name: str, *, longest: int = 0) -> str | None:
        """Return the value of `name`; None if it is missing or empty.

        Raises `PartnerError` 1002: two different values, more than `longest` characters, or a NUL.
        """
        found = [value for value in dict.fromkeys(self.values.get(name.lower(), ())) if value]
        if not found:
            return None
        if len(found) > 1 or "\0" in found[0] or (longest and len(found[0]) > longest):
            raise invalid(name, found[-1])
        return found[0]

    def required(self, name: str, *, longest: int = 0) -> str:
        """Return the value of `name`. Raises `PartnerError` 1001 when it is missing or empty, 1002 as `text`."""
        value = self.text(name, longest=longest)
        if value is None:
            raise missing(name)
        return value

    def require(self, *names: str) -> None:
        """Raise `PartnerError` 1001 for the first of `names` that is missing: before any value is looked at."""
        for name in names:
            if not any(self.values.get(name.lower(), ())):
                raise missing(name)

    def integer(self, name: str) -> int | None:
        """Return a whole number from 1 to 2147483647; None if it is missing. Raises `PartnerError` 1002."""
        text = self.text(name)
        return None if text is None else whole(name, text)

    def required_integer(self, name: str) -> int:
        return whole(name, self.required(name))

    def moment(self, name: str) -> datetime | None:
        """Return a time, UTC where it names no offset; None if it is missing. Raises `PartnerError` 1002."""
        text = self.text(name)
        if text is None:
            return None
        found = parse_moment(text)
        if found is None:
            raise invalid(name, text)
        return found

    def required_moment(self, name: str) -> datetime:
        """Return a time as `moment`. Raises `PartnerError` 1001 when it is missing."""
        found = self.moment(name)
        if found is None:
            raise missing(name)
        return found

    def country(self, permitted: frozenset[str] | set[str]) -> str:
        """Return the required `country` in capitals, one of `permitted`. Raises `PartnerError`."""
        return country_of("country", self.required("country"), permitted)


def parameters_of(request: HttpRequest) -> Parameters:
    """Return the parameters of the query and, if the body is a form, of the body. Raises `PartnerError` 1002."""
    found: dict[str, list[str]] = {}
    for name, value in (*_pairs(request.META.get("QUERY_STRING", "").encode("latin-1")), *_form(request)):
        found.setdefault(name.lower(), []).append(value)
    return Parameters(found)


def is_form(request: HttpRequest) -> bool:
    """Whether the body is a form, which is signed and read; any other is not signed."""
    return (request.content_type or "").lower() == FORM


def whole(name: str, text: str, *, least: int = 1) -> int:
    """Return `text` as a number of ASCII digits from `least` to 2147483647. Raises `PartnerError` 1002."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= LARGEST):
        raise invalid(name, text)
    return int(text)


def country_of(name: str, text: str, permitted: frozenset[str] | set[str]) -> str:
    """Return a code of ISO 3166-1 in capitals, one of `permitted`. Raises `PartnerError` 1002."""
    code = text.upper()
    if not is_country(code) or code not in permitted:
        raise invalid(name, text)
    return code


def is_country(code: str) -> bool:
    """Whether `code` is assigned by ISO 3166-1, in capitals."""
    return len(code) == 2 and code.isascii() and pycountry.countries.get(alpha_2=code) is not None


def _form(request: HttpRequest) -> list[tuple[str, str]]:
    return _pairs(request.body) if is_form(request) else []


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise PartnerError(1002, "The parameters cannot be read.") from error
