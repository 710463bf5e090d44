"""How exact numbers are written."""

from __future__ import annotations

from decimal import Decimal


def plain(value: Decimal | int) -> str:
    """An exact number without exponent or needless zeros."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
