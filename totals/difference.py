"""Differences that a verification of totals finds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from oas.kernel.amounts import format_amount


@dataclass(frozen=True)
class Difference:
    """A figure that is not what its lines add up to.

    `where`: the row or document; `what`: its figure; `kept`: the stored value; `found`: the value that was added up.
    """

    where: str
    what: str
    kept: str
    found: str


def text_of(value: Any) -> str:
    """`value` as text, the same for a number whether it is stored as a decimal or as a string."""
    if isinstance(value, str) and value[:1] in "-.0123456789":
        try:
            return format_amount(Decimal(value))
        except InvalidOperation:
            return value
    return format_amount(value) if isinstance(value, (Decimal, int)) else str(value)
