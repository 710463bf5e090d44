from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from glider.formats.periods import middle_months, parse_days


@pytest.mark.parametrize(
    ("notation", "text", "day"),
    [
        ("year_month", "2025-07", date(2025, 7, 1)),
        ("year_month", "2025/07/31", date(2025, 7, 31)),
        ("year_month", "20250731", date(2025, 7, 31)),
        ("year_month", "2025-07-01 00:00:00", date(2025, 7, 1)),
        ("year_month", "2025-13", None),
        ("year_month", "2025-02-30", None),
        ("year_month", "07/2025", None),
        ("month_day_year", "10/15/2023 12:00:00 AM", date(2023, 10, 15)),
        ("month_day_year", " 08/02/2021", date(2021, 8, 2)),
        ("month_day_year", "1/5/20 11:44am", date(2020, 1, 5)),
        ("month_day_year", "15/10/2023", None),
        ("day_month_year", "15/10/2023", date(2023, 10, 15)),
        ("month_name_year", "JUN-25", date(2025, 6, 1)),
        ("month_name_year", "June 2025", date(2025, 6, 1)),
        ("month_name_year", "Juin 2025", None),
        ("year_m_month", "2017M9", date(2017, 9, 1)),
    ],
)
def test_a_day_is_read_in_its_notation_only(notation: str, text: str, day: date | None) -> None:
    assert parse_days(pl.Series([text]), (notation,)).to_list() == [day]


@pytest.mark.parametrize(
    ("start", "end", "month"),
    [
        (date(2017, 10, 1), date(2017, 11, 4), date(2017, 10, 1)),
        (date(2017, 11, 5), date(2017, 12, 2), date(2017, 11, 1)),
        (date(2025, 9, 28), date(2025, 11, 1), date(2025, 10, 1)),
        (date(2025, 7, 1), date(2025, 7, 31), date(2025, 7, 1)),
    ],
)
def test_a_fiscal_month_is_the_month_of_its_middle(start: date, end: date, month: date) -> None:
    assert middle_months(pl.Series([start]), pl.Series([end])).to_list() == [month]
