"""The rate of a month between two currencies, and the loading of published rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Final

from django.db import transaction

from oas.kernel.euro import CONVERSIONS, fixed_units
from oas.transactions import advisory_lock
from rates.choices import Origin
from rates.models import BASE, Rate
from rates.reference import PLACES, DayRate
from rates.shipped import shipped_days

__all__ = ["DayRate", "FoundRate", "Loaded", "find_rate", "load", "rate_for"]

BATCH = 5000
BY_HAND: Final = "entered by hand"
# The ECB has quoted this currency on each of its days: with those of another one, they are the days of a month.
ALWAYS_QUOTED: Final = "USD"


@dataclass(frozen=True)
class Loaded:
    """How many of the loaded rates are new, changed, or as they were."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class FoundRate:
    """The price of one unit of a currency in another, where it comes from, and for which `period` (YYYY-MM).

    `source` says it in words; `period` and `source` are empty where they say nothing.
    """

    rate: Decimal
    origin: Origin
    period: str = ""
    source: str = ""


@dataclass(frozen=True)
class _Units:
    """The units of a currency that one euro buys."""

    units: Fraction
    origin: Origin = Origin.SAME
    source: str = ""


def rate_for(currency: str, to_currency: str, period: str) -> Decimal | None:
    """The rate that `find_rate` finds; None when it is not known."""
    found = find_rate(currency, to_currency, period)
    return found.rate if found else None


def find_rate(currency: str, to_currency: str, period: str) -> FoundRate | None:
    """The price of one unit of `currency` in `to_currency` in `period` (YYYY-MM); None when it is not known.

    The first of these counts: the rate entered by hand for the month; the fixed rate of a currency that became the
    euro; the arithmetic mean of the days published in the month. Both currencies are crossed through the euro as exact
    fractions; only the quotient is rounded, half-even at 18 places.
    """
    if currency == to_currency:
        return FoundRate(Decimal(1), Origin.SAME)
    one, other = _units(currency, period), _units(to_currency, period)
    if one is None or other is None:
        return None
    rate = _rounded(other.units / one.units)
    sides = [side for side in (one, other) if side.origin is not Origin.SAME]
    origin = Origin.REFERENCE if any(side.origin is Origin.REFERENCE for side in sides) else Origin.FIXED
    source = "; ".join(dict.fromkeys(side.source for side in sides))
    return FoundRate(rate, origin, period, source) if rate else None


def _units(currency: str, period: str) -> _Units | None:
    """The units of `currency` that one euro buys in `period`; None when they are not known."""
    if currency == BASE:
        return _Units(Fraction(1))
    by_hand = Rate.objects.filter(currency=currency, period=period, day=None).values_list("units", flat=True).first()
    if by_hand is not None:
        return _Units(Fraction(by_hand), Origin.REFERENCE, f"{currency} {BY_HAND}")
    fixed = fixed_units(currency, period)
    if fixed is not None:
        return _Units(Fraction(fixed), Origin.FIXED, f"{currency} became the euro in {CONVERSIONS[currency].since}")
    return _mean(currency, period)


def _mean(currency: str, period: str) -> _Units | None:
    """The mean of the days of `period`; None if `currency` was quoted on fewer than half of the days of the ECB."""
    days = _days(currency, period)
    own = days.get(currency, {})
    published = {day for quoted in days.values() for day in quoted}
    # The last days of a currency that ended are no rate of the month: the rouble was quoted on one day of 2022-03.
    if not own or 2 * len(own) < len(published):
        return None
    mean = sum(map(Fraction, own.values()), Fraction(0)) / len(own)
    return _Units(mean, Origin.REFERENCE, f"ECB, {currency}: mean of {len(own)} days")


def _days(currency: str, period: str) -> dict[str, dict[date, Decimal]]:
    """Day → units, of `currency` and `ALWAYS_QUOTED`: those that come with OAS, over which stored ones count."""
    wanted = {currency, ALWAYS_QUOTED}
    days = {code: dict(known) for code, known in shipped_days(period).items() if code in wanted}
    stored = Rate.objects.filter(currency__in=wanted, period=period, day__isnull=False)
    for code, day, units in stored.values_list("currency", "day", "units"):
        days.setdefault(code, {})[day] = units  # type: ignore[index]
    return days


def _rounded(value: Fraction) -> Decimal:
    """`value` rounded half-even to `PLACES` decimals."""
    # `round` of a Fraction is exact and half-even; a Decimal division would round twice.
    digits = str(round(value * 10**PLACES)).zfill(PLACES + 1)
    return Decimal(f"{digits[:-PLACES]}.{digits[-PLACES:]}")


# --- loading ---


Known = dict[tuple[str, date], Decimal]


@transaction.atomic
def load(
    rates: Iterable[DayRate], *, besides: Known | None = None, done: Callable[[int], object] = lambda count: None
) -> Loaded:
    """Write those of `rates` that are new or different, all or none. Idempotent.

    `besides`: rates that are known without being stored. `done` is called with the number of rates seen so far.
    """
    # Two loads at the same time write the same rows: they take turns, as each might wait for a row of the other.
    advisory_lock("rates")
    known = {**(besides or {}), **{(rate[0], rate[1]): rate[2] for rate in _known()}}
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
