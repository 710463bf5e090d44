"""Periods: months as YYYY-MM, which sort as texts in the order of time."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from oas.kernel.periods import PERIOD, shifted
from reports.errors import BadPeriod

MOST_MONTHS = 600


def this_month(today: date | None = None) -> str:
    """Return the period of `today`, by default of now (UTC)."""
    return f"{today or timezone.now():%Y-%m}"


def month_before(period: str) -> str:
    """Return the period before `period`."""
    return shifted(period, -1)


def check_span(first: str, last: str, *, names: tuple[str, str] = ("from", "to")) -> tuple[str, str]:
    """Return `first` and `last` if they make a span of at most `MOST_MONTHS` months up to now.

    Raises `BadPeriod`, with the one of `names` that is wrong.
    """
    for name, period in zip(names, (first, last), strict=True):
        _refuse(name, period)
    if first > last:
        raise BadPeriod(f"{first} is after {last}.", attr=names[0], code="from_after_to")
    if shifted(first, MOST_MONTHS) <= last:
        raise BadPeriod(f"No more than {MOST_MONTHS} months.", attr=names[0], code="too_many_periods")
    return first, last


def _refuse(name: str, period: str) -> None:
    if PERIOD.fullmatch(period) is None or period < "0001-01":
        raise BadPeriod("A period is a year and a month: YYYY-MM.", attr=name, code="period")
    if period > this_month():
        raise BadPeriod(f"{period} has not begun yet.", attr=name, code="future_period")
