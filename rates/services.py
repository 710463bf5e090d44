"""The rate of a month between two currencies, and the loading of published rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from django.db import transaction
from django.db.models import Count, Sum

from rates.models import BASE, Rate

PLACES = 18
BATCH = 5000


@dataclass(frozen=True)
class DayRate:
    """The `units` of `currency` that one euro buys on `day`."""

    currency: str
    day: date
    units: Decimal


@dataclass(frozen=True)
class Loaded:
    """How many of the loaded rates are new, changed, or as they were."""

    new: int = 0
    changed: int = 0
    same: int = 0


def rates_known() -> bool:
    """Whether any rate has been loaded or entered."""
    return Rate.objects.exists()


def rate_for(currency: str, to_currency: str, period: str) -> Decimal | None:
    """The price of one unit of `currency` in `to_currency` in `period` (YYYY-MM); None when it is not known.

    The rate of a month is the arithmetic mean of the days published in it, or the one entered by hand for it. Both
    currencies are crossed through the euro as exact fractions; only the quotient is rounded, half-even at 18 places.
    """
    if currency == to_currency:
        return Decimal(1)
    from_units, to_units = _units(currency, period), _units(to_currency, period)
    if from_units is None or to_units is None:
        return None
    return _rounded(to_units / from_units) or None


def _units(currency: str, period: str) -> Fraction | None:
    """The units of `currency` that one euro buys in `period`."""
    if currency == BASE:
        return Fraction(1)
    rates = Rate.objects.filter(currency=currency, period=period)
    by_hand = rates.filter(day=None).values_list("units", flat=True).first()
    if by_hand is not None:
        return Fraction(by_hand)
    days = rates.aggregate(sum=Sum("units"), count=Count("pk"))
    return Fraction(days["sum"]) / days["count"] if days["count"] else None


def _rounded(value: Fraction) -> Decimal:
    """`value` rounded half-even to `PLACES` decimals."""
    # `round` of a Fraction is exact and half-even; a Decimal division would round twice.
    digits = str(round(value * 10**PLACES)).zfill(PLACES + 1)
    return Decimal(f"{digits[:-PLACES]}.{digits[-PLACES:]}")


# --- loading ---


@transaction.atomic
def load(rates: Iterable[DayRate], *, done: Callable[[int], object] = lambda count: None) -> Loaded:
    """Write those of `rates` that are new or different, all or none. Idempotent.

    `done` is called with the number of rates seen so far.
    """
    known = {(rate[0], rate[1]): rate[2] for rate in _known()}
    total = Loaded()
    seen = 0
    for batch in _batches(rates):
        new = [rate for rate in batch if (rate.currency, rate.day) not in known]
        changed = [rate for rate in batch if known.get((rate.currency, rate.day), rate.units) != rate.units]
        _write([*new, *changed])
        same = len(batch) - len(new) - len(changed)
        total = Loaded(total.new + len(new), total.changed + len(changed), total.same + same)
        seen += len(batch)
        done(seen)
    return total


def _known() -> Iterator[tuple[str, date, Decimal]]:
    rates = Rate.objects.filter(day__isnull=False).values_list("currency", "day", "units")
    yield from rates.iterator(BATCH)  # type: ignore[misc]


def _write(rates: list[DayRate]) -> None:
    Rate.objects.bulk_create(
        [Rate(currency=rate.currency, period=f"{rate.day:%Y-%m}", day=rate.day, units=rate.units) for rate in rates],
        update_conflicts=True,
        unique_fields=["currency", "day"],
        update_fields=["units", "updated_at"],
    )


def _batches(rates: Iterable[DayRate]) -> Iterator[list[DayRate]]:
    source = iter(rates)
    while batch := list(islice(source, BATCH)):
        yield batch
