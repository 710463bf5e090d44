"""Paging of the partner API: `page` from 1, `pagesize` from 1 to 50, both at once in the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from partners.api.errors import PartnerError, invalid
from partners.api.parameters import LARGEST, Parameters

DEFAULT: Final = 10
MOST: Final = 50


@dataclass(frozen=True)
class Page:
    """A page of a list, counted from 1."""

    page: int
    size: int

    def of(self, rows: QuerySet[Any]) -> tuple[list[Any], dict[str, int]]:
        """Return the rows of this page, and what an answer says of the list. Two queries."""
        first = (self.page - 1) * self.size
        facts = {"page": self.page, "pageSize": self.size, "totalItems": rows.count()}
        return list(rows[first : first + self.size]), facts


def page_of(parameters: Parameters) -> Page:
    """Return the page that is asked for. Raises `PartnerError`: 1002 for no number, 1003 for one out of range."""
    return Page(_number(parameters, "page", 1, LARGEST // MOST), _number(parameters, "pagesize", DEFAULT, MOST))


def _number(parameters: Parameters, name: str, default: int, most: int) -> int:
    text = parameters.text(name)
    if text is None:
        return default
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 10:
        raise invalid(name, text)
    if not 1 <= int(text) <= most:
        raise PartnerError(1003, f"Value of parameter {name} is out of range: {text}")
    return int(text)
