"""The rate of a month, against fractions worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from django.db import IntegrityError, transaction

from rates.choices import Origin
from rates.models import Rate
from rates.reference import DayRate
from rates.services import FoundRate, Loaded, find_rate, load, rate_for
from tests.totals.driving import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_shipped")]


def on(day: str, **units: str) -> list[DayRate]:
    return [DayRate(currency, date.fromisoformat(day), Decimal(text)) for currency, text in units.items()]


def by_hand(currency: str, period: str, units: str) -> Rate:
    return Rate.objects.create(currency=currency, period=period, units=Decimal(units))


def divided(numerator: str, denominator: str) -> Decimal:
    with localcontext(prec=80) as context:
        context.rounding = ROUND_HALF_EVEN
        return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("1e-18"))


def test_nothing_is_known_before_anything_is_loaded() -> None:
    assert rate_for("USD", "EUR", "2025-03") is None


def test_a_currency_in_itself_is_one_even_when_nothing_is_known() -> None:
    assert rate_for("USD", "USD", "2025-03") == 1
    assert rate_for("EUR", "EUR", "2025-03") == 1


def test_the_rate_of_a_month_is_the_mean_of_its_published_days() -> None:
    load([*on("2025-03-03", USD="1.05"), *on("2025-03-04", USD="1.06"), *on("2025-03-31", USD="1.10")])
    load(on("2025-04-01", USD="9"))
    assert rate_for("EUR", "USD", "2025-03") == Decimal("1.07")
    assert rate_for("USD", "EUR", "2025-03") == divided("1", "1.07")


def test_two_currencies_cross_through_the_euro_and_are_rounded_once() -> None:
    load([*on("2025-03-03", USD="1.0", GBP="0.8"), *on("2025-03-04", USD="1.1", GBP="0.9"), *on("2025-03-05", USD="1")])
    assert rate_for("USD", "GBP", "2025-03") == divided("5.1", "6.2")  # (1.7 / 2) / (3.1 / 3)


def test_half_a_unit_of_the_last_place_goes_to_the_even_digit() -> None:
    by_hand("AAA", "2025-03", "1.000000000000000001")
    by_hand("BBB", "2025-03", "2")
    assert rate_for("BBB", "AAA", "2025-03") == Decimal("0.5")  # 0.5000000000000000005
    by_hand("AAA", "2025-04", "1.000000000000000003")
    by_hand("BBB", "2025-04", "2")
    assert rate_for("BBB", "AAA", "2025-04") == Decimal("0.500000000000000002")  # …0015


def test_large_and_small_currencies_lose_no_digit() -> None:
    by_hand("IDR", "2025-03", "17943.221234567890123456")
    assert rate_for("EUR", "IDR", "2025-03") == Decimal("17943.221234567890123456")
    assert rate_for("IDR", "EUR", "2025-03") == divided("1", "17943.221234567890123456")


def test_a_month_entered_by_hand_counts_instead_of_its_days() -> None:
    load(on("2025-03-03", USD="1.05"))
    by_hand("USD", "2025-03", "1.25")
    assert rate_for("USD", "EUR", "2025-03") == Decimal("0.8")


def test_another_month_or_currency_is_not_known() -> None:
    load(on("2025-03-03", USD="1.05"))
    assert rate_for("USD", "EUR", "2025-02") is None
    assert rate_for("GBP", "EUR", "2025-03") is None
    assert rate_for("USD", "GBP", "2025-03") is None


def test_loading_again_writes_only_what_is_new_or_different() -> None:
    first = [*on("2025-03-03", USD="1.05", GBP="0.8"), *on("2025-03-04", USD="1.06")]
    assert load(first) == Loaded(new=3)
    stamp = Rate.objects.get(currency="GBP").updated_at
    assert load(first) == Loaded(same=3)
    assert load([*on("2025-03-03", USD="1.07", GBP="0.8"), *on("2025-03-05", USD="1")]) == Loaded(1, 1, 1)
    assert Rate.objects.get(currency="GBP").updated_at == stamp
    assert Rate.objects.get(currency="USD", day="2025-03-03").units == Decimal("1.07")
    assert Rate.objects.count() == 4


def test_the_base_currency_has_no_rate_and_no_rate_is_nothing() -> None:
    for currency, units in (("EUR", "1"), ("USD", "0"), ("USD", "-1")):
        with pytest.raises(IntegrityError), transaction.atomic():
            by_hand(currency, "2025-03", units)


def test_a_month_has_one_rate_by_hand() -> None:
    by_hand("USD", "2025-03", "1.05")
    with pytest.raises(IntegrityError), transaction.atomic():
        by_hand("USD", "2025-03", "1.06")


# --- where a rate comes from ---


def test_a_rate_says_its_origin() -> None:
    load([*on("2025-03-03", USD="1.05", GBP="0.8"), *on("2025-03-04", USD="1.15", GBP="0.8")])
    by_hand("CAD", "2025-03", "1.6")
    mean = FoundRate(divided("1", "1.1"), Origin.REFERENCE, "2025-03", "ECB, USD: mean of 2 days")
    assert find_rate("USD", "EUR", "2025-03") == mean
    crossed = find_rate("CAD", "GBP", "2025-03")
    assert crossed == FoundRate(
        Decimal("0.5"), Origin.REFERENCE, "2025-03", "CAD entered by hand; ECB, GBP: mean of 2 days"
    )
    assert find_rate("XAF", "XAF", "2025-03") == FoundRate(Decimal(1), Origin.SAME)


def test_a_currency_that_was_quoted_on_fewer_than_half_of_the_days_has_no_rate() -> None:
    load([rate for day in ("03", "04", "05") for rate in on(f"2025-03-{day}", USD="1.1")])
    load(on("2025-03-03", RUB="100", TRY="30"))
    load(on("2025-03-04", TRY="32"))
    assert rate_for("RUB", "EUR", "2025-03") is None
    assert rate_for("EUR", "TRY", "2025-03") == 31


@pytest.mark.parametrize(
    ("currency", "period", "units"),
    [
        ("DEM", "1999-01", "1.95583"),
        ("ITL", "2025-03", "1936.27"),
        ("GRD", "2001-01", "340.750"),
        ("HRK", "2023-01", "7.53450"),
        ("BGN", "2026-01", "1.95583"),
        ("LTL", "2030-12", "3.45280"),
    ],
)
def test_a_currency_that_became_the_euro_keeps_its_fixed_rate(currency: str, period: str, units: str) -> None:
    found = find_rate(currency, "EUR", period)
    assert found is not None
    assert (found.rate, found.origin, found.period) == (divided("1", units), Origin.FIXED, period)
    assert found.source.startswith(f"{currency} became the euro in ")


@pytest.mark.parametrize(("currency", "period"), [("DEM", "1998-12"), ("GRD", "2000-12"), ("HRK", "2022-12")])
def test_before_it_became_the_euro_a_currency_has_no_fixed_rate(currency: str, period: str) -> None:
    assert find_rate(currency, "EUR", period) is None


def test_a_month_entered_by_hand_counts_instead_of_a_fixed_rate() -> None:
    by_hand("HRK", "2023-01", "7.5")
    assert rate_for("EUR", "HRK", "2023-01") == Decimal("7.5")


def test_a_crossed_rate_with_a_fixed_side_is_a_reference() -> None:
    load(on("2026-01-05", USD="1.2"))
    found = find_rate("BGN", "USD", "2026-01")
    assert found is not None
    assert (found.rate, found.origin) == (divided("1.2", "1.95583"), Origin.REFERENCE)
    assert found.source == "BGN became the euro in 2026-01; ECB, USD: mean of 1 days"


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_the_same_time_write_each_rate_once() -> None:
    rates = [rate for day in range(1, 29) for rate in on(f"2025-03-{day:02}", USD=f"1.{day:02}", GBP="0.8", SEK="11")]
    outcomes = at_once(lambda: load(rates), lambda: load(list(reversed(rates))))
    assert sorted((loaded.new, loaded.same) for loaded in outcomes) == [(0, len(rates)), (len(rates), 0)]
    assert Rate.objects.count() == len(rates)
