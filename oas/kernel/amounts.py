"""Exact numbers: their arithmetic, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

# Decimal rounds every result to the digits of its context, 28 by default. A stored amount has up to 38, the product of
# two has 76, and the rest is room for a sum of as many lines as there may be.
EXACT: Final = Context(prec=100, rounding=ROUND_HALF_EVEN)

# What the sales of a file, and of all files of an organisation, may come to; stored amounts are below 10^20. A batch of
# 50 files fits into the one, and the other leaves room to take off files with negative totals.
LARGEST_OF_FILE: Final = Decimal(10) ** 17
LARGEST_OF_ALL: Final = Decimal(10) ** 19


class TotalsTooLarge(Exception):
    """Amounts come to more than can be stored, or be added up without a wrong digit."""


def exact() -> AbstractContextManager[Context]:
    """The context in which amounts are added, multiplied and compared: `with exact(): …`."""
    return localcontext(EXACT)


def add_up(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of `amounts` with every digit; 0 of none."""
    with exact():
        return sum(amounts, Decimal(0))


def format_amount(value: Decimal | int) -> str:
    """`value` as text, exactly: no exponent, no zeros at the end of the decimals, and no negative zero."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
