"""Periods: months, as the text YYYY-MM (which sorts in the order of time) or as the number 202503."""

from __future__ import annotations

import re
from typing import Final

PERIOD: Final = re.compile(r"^[0-9]{4}-(0[1-9]|1[0-2])$")


def shifted(period: str, months: int) -> str:
    """The period that is `months` after `period`, before it when negative."""
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]) - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"


def month_number(period: str) -> int:
    """YYYY-MM → 202503."""
    return int(period[:4]) * 100 + int(period[5:7])


def month_text(number: int) -> str:
    """202503 → 2025-03."""
    return f"{number // 100:04}-{number % 100:02}"


def months_between(first: int, last: int) -> list[int]:
    """The numbers of all months from `first` to `last`, both included."""
    start, end = (month // 100 * 12 + month % 100 - 1 for month in (first, last))
    return [n // 12 * 100 + n % 12 + 1 for n in range(start, end + 1)]
