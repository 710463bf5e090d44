"""Exact numbers as text."""

from __future__ import annotations

from decimal import Decimal


def format_amount(value: Decimal | int) -> str:
    """`value` as text, exactly: no exponent, no zeros at the end of the decimals, and no negative zero."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
