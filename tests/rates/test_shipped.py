"""The rates that come with OAS, against averages made by the csv module and Decimal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from rates.choices import Origin
from rates.models import Rate
from rates.services import find_rate, rate_for
from rates.shipped import shipped_days, shipped_rates
from tests.rates import ecb

pytestmark = pytest.mark.django_db
MONTHS = ("1999-01", "2008-12", "2017-06", "2022-02", "2025-01", "2026-10")


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("currency", ["USD", "GBP", "SEK", "JPY", "CHF"])
def test_the_rate_of_a_month_is_the_exact_average_of_its_days(currency: str, month: str) -> None:
    assert rate_for(currency, "EUR", month) == ecb.price(currency, month)
    assert rate_for("EUR", currency, month) == ecb.price("EUR", month, currency)


def test_currencies_cross_by_their_averages() -> None:
    assert rate_for("INR", "SEK", "2025-07") == ecb.price("INR", "2025-07", "SEK")


def test_every_rate_of_the_file_is_known_to_the_last_digit() -> None:
    known = {(rate.currency, str(rate.day)): rate.units for rate in shipped_rates()}
    written = {
        (currency, row["Date"]): Decimal(text)
        for row in ecb.rows()
        for currency, text in row.items()
        if currency not in ("", "Date") and text not in ("", "N/A", None)
    }
    assert known == written


@pytest.mark.parametrize("month", ["2022-03", "2022-04", "2024-01", "2026-10"])
def test_a_currency_that_ended_has_no_rate_afterwards(month: str) -> None:
    assert rate_for("RUB", "EUR", "2022-02") == ecb.price("RUB", "2022-02")
    assert rate_for("RUB", "EUR", month) is None


@pytest.mark.parametrize(
    ("currency", "last", "first"),
    [("HRK", "2022-12", "2023-01"), ("BGN", "2025-12", "2026-01"), ("EEK", "2010-12", "2011-01")],
)
def test_up_to_its_last_month_a_currency_is_quoted_and_then_fixed(currency: str, last: str, first: str) -> None:
    before, after = find_rate(currency, "EUR", last), find_rate(currency, "EUR", first)
    assert before is not None
    assert after is not None
    assert (before.rate, before.origin, after.origin) == (ecb.price(currency, last), Origin.REFERENCE, Origin.FIXED)


@pytest.mark.parametrize("month", ["1998-12", "2026-12", "2031-01"])
def test_a_month_without_a_day_is_not_known(month: str) -> None:
    assert shipped_days(month) == {}
    assert rate_for("USD", "EUR", month) is None


def test_a_currency_that_the_ecb_does_not_quote_is_not_known() -> None:
    assert rate_for("ARS", "EUR", "2025-01") is None
    assert rate_for("EUR", "ARS", "2025-01") is None


def test_a_stored_day_counts_instead_of_the_shipped_one_and_is_added_to_the_others() -> None:
    quoted = ecb.days("USD", "2025-01")
    Rate.objects.create(currency="USD", period="2025-01", day=date(2025, 1, 2), units=Decimal("2"))
    Rate.objects.create(currency="USD", period="2025-01", day=date(2025, 1, 4), units=Decimal("3"))  # a Saturday
    expected = (sum(quoted) - ecb.days("USD", "2025-01-02")[0] + 5) / (len(quoted) + 1)
    assert rate_for("EUR", "USD", "2025-01") == expected.quantize(Decimal("1e-18"))
