"""Columns of days and months: read right or not at all, whatever wrote them."""

from __future__ import annotations

from calendar import month_name
from datetime import date, timedelta

import polars as pl
import pytest
from babel.dates import format_date
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glider.cleaning.values.dates import (
    Notations,
    Reading,
    Witness,
    decided,
    has_serials,
    is_rewritten,
    notations_of,
    numbers_in,
    read_days,
    readings_of,
    stated_orders,
)

ISO = ("year_month",)
MDY = ("month_day_year",)


def read(cells: list[str], notations: tuple[str, ...] = ISO, witness: Witness | None = None) -> list[date | None]:
    """The days of a whole column; all None where it is left open."""
    column = pl.Series(cells, dtype=pl.String)
    counts = notations_of(column, notations)
    rewritten = is_rewritten(counts)
    numbers = numbers_in(column, notations, rewritten=rewritten)
    orders, open_ = decided(numbers, witness or Witness(stated=stated_orders(notations)))
    if open_:
        return [None] * len(cells)
    how = Reading(orders, rewritten, has_serials(counts, alone=True))
    return read_days(column, notations, how).to_list()


# --- notations that spreadsheets make ---


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Feb-26", date(2026, 2, 1)),
        ("Feb 2026", date(2026, 2, 1)),
        ("FEBRUARY 2026", date(2026, 2, 1)),
        ("Feb '26", date(2026, 2, 1)),
        ("févr.-26", date(2026, 2, 1)),
        ("févr. 2026", date(2026, 2, 1)),
        ("Mrz 26", date(2026, 3, 1)),
        ("März 2026", date(2026, 3, 1)),
        ("fev/26", date(2026, 2, 1)),
        ("dic-25", date(2025, 12, 1)),
        ("febrero de 2026", date(2026, 2, 1)),
        ("lut.26", date(2026, 2, 1)),
        ("фев.26", date(2026, 2, 1)),
        ("Şub.26", date(2026, 2, 1)),
        ("marraskuu 2025", date(2025, 11, 1)),
        ("listopad 2025", None),  # November in Polish and Czech, October in Croatian
        ("2026/02", date(2026, 2, 1)),
        ("2026-2", date(2026, 2, 1)),
        ("2026. 2. 1.", date(2026, 2, 1)),
        ("2026年2月", date(2026, 2, 1)),
        ("2026년 2월 1일", date(2026, 2, 1)),
        ("2/2026", date(2026, 2, 1)),
        ("02.2026", date(2026, 2, 1)),
        ("1-Feb-26", date(2026, 2, 1)),
        ("01-Feb-2026", date(2026, 2, 1)),
        ("1. Februar 2026", date(2026, 2, 1)),
        ("1 de febrero de 2026", date(2026, 2, 1)),
        ("February 1, 2026", date(2026, 2, 1)),
        ("Sunday, February 1, 2026", date(2026, 2, 1)),
        ("2/13/2026 0:00", date(2026, 2, 13)),
        ("13.02.2026 00:00:00", date(2026, 2, 13)),
        ("46054", date(2026, 2, 1)),
        ("46054.0", date(2026, 2, 1)),
        ("26-Feb", None),  # the year is lost
        ("2/26", None),
        ("12345", None),  # in 1933
        ("99999", None),
        ("46054 pcs", None),
        ("4.6E+04", None),
        ("13/13/2026", None),
        ("Q1", None),
        ("Total", None),
    ],
)
def test_what_a_spreadsheet_makes_of_a_month_is_read(text: str, day: date | None) -> None:
    assert read([text], ("numbered_month",)) == [day]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["2026-02", "Feb-26"], [date(2026, 2, 1), None]),  # a stray cell is none of the column's
        (["2026-02", "Feb-26", "Mar-26"], [date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1)]),
        (["46054", "soon", "46082"], [date(2026, 2, 1), None, date(2026, 3, 1)]),
        (["46054", "soon", "later"], [None, None, None]),  # numbers among texts are no days
    ],
)
def test_a_spreadsheet_rewrites_a_column_as_a_whole(cells: list[str], days: list[date | None]) -> None:
    assert read(cells) == days


def test_numbers_in_a_column_that_others_stand_in_for_are_days_only_if_all_cells_are_dates() -> None:
    assert has_serials(Notations(serials=2, filled=2), alone=False)
    assert not has_serials(Notations(serials=2, filled=3), alone=False)
    assert has_serials(Notations(serials=2, filled=3), alone=True)


# --- day and month ---


FIRST = {"3/1/2026": date(2026, 3, 1), "12/1/2025": date(2025, 12, 1)}


@pytest.mark.parametrize(
    ("cells", "witness", "order"),
    [
        (["13/4/2026", "3/4/2026"], Witness(), "day_first"),
        (["4/13/2026", "3/4/2026"], Witness(), "month_first"),
        (["3/1/2026", "12/1/2025"], Witness(months=True), "month_first"),
        (["01.03.2026", "01.12.2025"], Witness(months=True), "day_first"),
        (["3/1/2026", "12/1/2025"], Witness(), None),  # may be days in January
        (["3/2/2026"], Witness(months=True), None),  # first days of no month
        (["3/4/2026"], Witness(stated={"/": "month_first"}), "month_first"),
        (["3.4.2026"], Witness(stated={"/": "month_first"}), None),  # another separator than the layout's
        (["3/1/2026"], Witness(months=True, stated={"/": "day_first"}), "month_first"),
        (["3/12/2026", "4/12/2026"], Witness(latest=date(2026, 5, 1)), "month_first"),
        (["5/3/2026"], Witness(earliest=date(2026, 4, 1)), "month_first"),
        (["7/6/2026", "7/8/2026"], Witness(month=date(2026, 7, 1)), "month_first"),
        (["7/6/2026", "8/6/2026"], Witness(month=date(2026, 7, 1)), None),
        (["3/4/2026"], Witness(answer="day_first"), "day_first"),
        (["3/13/2026", "3/4/2026"], Witness(answer="day_first"), "month_first"),  # cells are certain
        (["3/1/2026"], Witness(answer="day_first", months=True), "day_first"),
        (["5/5/2026"], Witness(), "month_first"),  # the same in either order
        (["13/4/2026", "4/13/2026"], Witness(), None),
        (["13/4/2026", "4/13/2026"], Witness(stated={"/": "month_first"}), "month_first"),
        (["13/4/2026", "4/13/2026", "3/4/2026"], Witness(stated={"/": "month_first"}), None),
        (["13/4/2026", "4/13/2026", "3/4/2026"], Witness(answer="month_first"), "month_first"),
        (["13/4/2026", "4/13/2026", "5/13/2026"], Witness(), "month_first"),
        (["26-02-01"], Witness(), None),  # 2026-02-01 or 26 February 2001
        (["26-02-01"], Witness(months=True), "year_first"),
        (["01-02-26"], Witness(months=True), "day_first"),
    ],
)
def test_the_order_is_decided_by_the_whole_column(cells: list[str], witness: Witness, order: str | None) -> None:
    numbers = numbers_in(pl.Series(cells), ISO, rewritten=True)
    orders, open_ = decided(numbers, witness)
    assert list(orders.values()) == ([order] if order else [])
    assert bool(open_) == (order is None)


def test_each_separator_has_an_order_of_its_own() -> None:
    numbers = numbers_in(pl.Series(["3/13/2026", "01.02.2026", "13.02.2026"]), ISO, rewritten=True)
    assert decided(numbers, Witness()) == ({"/": "month_first", ".": "day_first"}, [])


def test_an_open_column_has_an_example_with_both_readings() -> None:
    _, open_ = decided(["5/5/2026", "3/4/2026"], Witness())
    assert open_ == ["3/4/2026"]
    assert readings_of("3/4/2026") == {"month_first": date(2026, 3, 4), "day_first": date(2026, 4, 3)}


def test_a_layout_that_states_both_orders_states_none() -> None:
    assert stated_orders(("month_day_year", "day_month_year")) == {}
    assert stated_orders(("year_month", "day_month_year")) == dict.fromkeys("/-.", "day_first")


# --- any column: never a wrong month ---

DAYS = st.dates(date(2012, 1, 1), date(2035, 12, 31))
MONTHS = DAYS.map(lambda day: day.replace(day=1))
NAMED = ("en_US", "de", "fr", "es", "pt", "it", "nl", "sv", "pl", "cs", "hu", "tr", "ru", "el", "fi", "ro", "hr")


def written(day: date, style: str) -> str:
    """`day` as programs write it; styles with one order and one separator, or without any choice."""
    mark = style[-1]
    number = {
        "mdy": f"{day.month}{mark}{day.day}{mark}{day.year}",
        "dmy": f"{day.day:02}{mark}{day.month:02}{mark}{day.year}",
        "Mdy": f"{day.month:02}{mark}{day.day:02}{mark}{day:%y}",
        "Dmy": f"{day.day}{mark}{day.month}{mark}{day:%y}",
        "ymd": f"{day.year}{mark}{day.month:02}{mark}{day.day:02}",
        "tim": f"{day.month}{mark}{day.day}{mark}{day.year} 12:00:00 AM",
    }
    return number[style[:3]] if style[:3] in number else _one_reading(day, style)


def _one_reading(day: date, style: str) -> str:
    if style == "serial":
        return str((day - date(1899, 12, 30)).days)
    if style == "d-mmm-yy":
        return f"{day.day}-{month_name[day.month][:3]}-{day:%y}"
    return format_date(day, "d. MMMM y" if style.startswith("long") else "d MMM y", locale=style.partition(" ")[2])


NUMBERED = tuple(f"{order}{mark}" for order in ("mdy", "dmy", "Mdy", "Dmy", "tim") for mark in "/-.")
SURE = (*NUMBERED, "ymd-", "ymd/", "serial", "d-mmm-yy")
STYLES = (*SURE, *(f"{width} {each}" for width in ("long", "short") for each in NAMED))


@settings(deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=12), st.sampled_from(STYLES), st.sampled_from([ISO, MDY]))
def test_a_column_of_days_is_right_or_open(days: list[date], style: str, notations: tuple[str, ...]) -> None:
    """A layout with a notation of its own is only sent files of that order, or of other separators."""
    assume(notations == ISO or style[:3].lower() not in ("dmy",) or style[-1] == ".")
    found = read([written(day, style) for day in days], notations, Witness(stated=stated_orders(notations)))
    assert all(seen in (None, day) for seen, day in zip(found, days, strict=True))


@settings(deadline=None)
@given(st.lists(MONTHS, min_size=1, max_size=12), st.sampled_from(STYLES))
def test_a_column_of_months_is_right(months: list[date], style: str) -> None:
    found = read([written(day, style) for day in months], ISO, Witness(months=True))
    assert all(seen in (None, day) for seen, day in zip(found, months, strict=True))
    if style in SURE:
        assert found == months


@settings(deadline=None)
@given(st.lists(st.tuples(DAYS, st.sampled_from(STYLES)), min_size=1, max_size=12))
def test_a_column_in_mixed_notations_without_two_readings_is_right_or_rejected(cells: list[tuple[date, str]]) -> None:
    texts = [(written(day, style), day) for day, style in cells]
    sure = [(text, day) for text, day in texts if len(set(readings_of(text).values())) < 2]
    found = read([text for text, _ in sure])
    assert all(seen in (None, day) for seen, (_, day) in zip(found, sure, strict=True))


@settings(deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=8), st.sampled_from(NUMBERED))
def test_a_day_above_twelve_decides(days: list[date], style: str) -> None:
    proof = date(2026, 4, 13) if style[0] in "mMt" else date(2026, 4, 14)
    days = [*days, proof]
    assume(style[:3] != "Dmy")  # 14-4-26 is the only order of it; 25-4-26 may begin with its year
    assert read([written(day, style) for day in days]) == days


@settings(deadline=None)
@given(DAYS, st.integers(1, 40))
def test_a_span_does_not_end_before_it_starts(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    found = read([written(start, "mdy/"), written(end, "mdy/")])
    assert found in ([None, None], [start, end])
