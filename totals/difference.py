"""What a verification finds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from oas.kernel.amounts import format_amount


@dataclass(frozen=True)
class Difference:
    """`where`: of what; `what`: its figure; `kept`: what is written there; `found`: what it adds up to."""

    where: str
    what: str
    kept: str
    found: str


def text_of(value: Any) -> str:
    """The same number is the same text, whether it is kept as a decimal or as a string of one."""
    if isinstance(value, str) and value[:1] in "-.0123456789":
        try:
            return format_amount(Decimal(value))
        except InvalidOperation:
            return value
    return format_amount(value) if isinstance(value, (Decimal, int)) else str(value)
