from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from glider.layouts.periods import NOTATIONS, SPANS, are_spans, middle_months, parse_days


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
        ("month_name_year", "Juin 2025", date(2025, 6, 1)),
        ("month_name_year", "Junk 2025", None),
        ("year_month", "4605-04", None),  # no year of a sale
        ("year_m_month", "2017M9", date(2017, 9, 1)),
        ("year_month", "2025 07", date(2025, 7, 1)),
        ("year_month", "2019.08 Streams", date(2019, 8, 1)),
        ("year_month", "2025-07-04T10:00:00+02:00", date(2025, 7, 4)),
        ("year_month", "202601202603", None),
        ("month_year", "03-26", date(2026, 3, 1)),
        ("month_day_year", "06-30-2025", date(2025, 6, 30)),
        ("month_name_year", "March2026", date(2026, 3, 1)),
        ("day_month_name_year", "13 May 2026 23:28:01 GMT", date(2026, 5, 13)),
        ("numbered_month", "P01 20(Jan 20)", date(2020, 1, 1)),
        ("year_quarter", "2023Q4", date(2023, 10, 1)),
        ("year_quarter", "2023_Q1", date(2023, 1, 1)),
        ("year_quarter", "2023Q5", None),
        ("year_quarter_number", "20253", date(2025, 7, 1)),
        ("year_quarter_number", "20255", None),
        ("quarter_year", "2Q2025", date(2025, 4, 1)),
        ("short_quarter", "Q417", date(2017, 10, 1)),
        ("month_to_month", "202601202603", date(2026, 1, 1)),
        ("month_names_year", "JAN-FEB-18", date(2018, 1, 1)),
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
        (date(2025, 10, 1), date(2025, 12, 31), date(2025, 10, 1)),
        (date(2025, 1, 1), date(2025, 12, 31), date(2025, 1, 1)),
    ],
)
def test_a_fiscal_month_is_the_month_of_its_middle(start: date, end: date, month: date) -> None:
    assert middle_months(pl.Series([start]), pl.Series([end])).to_list() == [month]


def test_spans_longer_than_a_month_are_recognised() -> None:
    cells = pl.Series(["2023Q1", "2023-01", "2Q2025", "JAN-FEB-18", "JAN-18", "202601202603", "soon"])
    assert are_spans(cells, tuple(NOTATIONS)).to_list() == [True, False, True, True, False, True, False]
    assert are_spans(cells, ("year_month",)).to_list() == [False] * 7
    assert set(SPANS) <= set(NOTATIONS)
