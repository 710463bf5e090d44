"""The currencies that became the euro."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oas.kernel.euro import CONVERSIONS, fixed_units
from tests.rates import ecb


def test_every_member_of_the_euro_has_its_rate() -> None:
    every = "ATS BEF BGN CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK"
    assert " ".join(sorted(CONVERSIONS)) == every


@pytest.mark.parametrize("currency", ["BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "SIT", "SKK"])
def test_the_last_rate_that_the_ecb_quoted_is_the_fixed_one(currency: str) -> None:
    """Within a thousandth: the last day of some was a day of the market."""
    month = f"{int(CONVERSIONS[currency].since[:4]) - 1}-12"
    last = ecb.days(currency, month)[0]
    assert abs(last / CONVERSIONS[currency].units - 1) < Decimal("0.001")


@pytest.mark.parametrize(
    ("currency", "period", "units"),
    [("HRK", "2022-12", None), ("HRK", "2023-01", "7.53450"), ("GRD", "2000-12", None), ("USD", "2025-01", None)],
)
def test_a_rate_is_fixed_from_the_month_in_which_a_currency_became_the_euro(
    currency: str, period: str, units: str | None
) -> None:
    assert fixed_units(currency, period) == (None if units is None else Decimal(units))
