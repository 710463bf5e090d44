"""Currencies that became the euro: their conversion rates are fixed for good, by Council Regulation (EC) No 2866/98 and
the regulations that amend it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple


class Conversion(NamedTuple):
    """The `units` of a currency that make one euro, from the month `since` (YYYY-MM) on."""

    units: Decimal
    since: str


def _all(since: str, **units: str) -> dict[str, Conversion]:
    return {code: Conversion(Decimal(text), since) for code, text in units.items()}


CONVERSIONS: Final[dict[str, Conversion]] = {
    **_all("1999-01", BEF="40.3399", DEM="1.95583", ESP="166.386", FRF="6.55957", IEP="0.787564", ITL="1936.27"),
    **_all("1999-01", LUF="40.3399", NLG="2.20371", ATS="13.7603", PTE="200.482", FIM="5.94573"),
    **_all("2001-01", GRD="340.750"),
    **_all("2007-01", SIT="239.640"),
    **_all("2008-01", CYP="0.585274", MTL="0.429300"),
    **_all("2009-01", SKK="30.1260"),
    **_all("2011-01", EEK="15.6466"),
    **_all("2014-01", LVL="0.702804"),
    **_all("2015-01", LTL="3.45280"),
    **_all("2023-01", HRK="7.53450"),
    **_all("2026-01", BGN="1.95583"),
}


def fixed_units(currency: str, period: str) -> Decimal | None:
    """The units of `currency` that make one euro in `period` (YYYY-MM); None while it was no part of the euro."""
    found = CONVERSIONS.get(currency)
    return found.units if found is not None and period >= found.since else None
