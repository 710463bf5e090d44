"""Notations in which sales files write months and days, each parsed for a whole column at once.

A layout states its notations. Whether 3/4 is in March or in April is never guessed from a cell: `values.dates` in
`glider.cleaning` decides it for a column. A span of several months (`SPANS`) counts for its first month, because the
months in a quarter cannot be known.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from glider.layouts.month_names import key_of, month_numbers

# Named groups: y year (four digits or two), m month, b month by name, q quarter, d day.
NOTATIONS: Final[dict[str, str]] = {
    "year_month": r"^(?P<y>\d{4})[-/._ ]?(?P<m>\d{2})(?:[-/._ ]?(?P<d>\d{2}))?(?:[T ].*)?$",  # 2025-07 2025/07/01
    "month_year": r"^(?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})$",  # 03-26
    "month_day_year": r"^(?P<m>\d{1,2})[/-](?P<d>\d{1,2})[/-](?P<y>\d{4}|\d{2})(?: .*)?$",  # 10/15/2023 12:00:00 AM
    "day_month_year": r"^(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4}|\d{2})(?: .*)?$",  # 15/10/2023
    "day_month_name_year": r"^(?P<d>\d{1,2})[- ](?P<b>[A-Za-z]{3,9})[- ](?P<y>\d{4})(?: .*)?$",  # 13 May 2026 23:28:01
    "month_name_year": r"^(?P<b>[A-Za-z]{3,9})[- ]?(?P<y>\d{4}|\d{2})$",  # JUN-25, June 2025
    "year_m_month": r"^(?P<y>\d{4})M(?P<m>\d{1,2})$",  # 2017M10
    "numbered_month": r"^P\d{2} \d{2} ?\((?P<b>[A-Za-z]{3}) (?P<y>\d{2})\)$",  # P01 20(Jan 20)
    "year_quarter": r"^(?P<y>\d{4})[-_ ]?Q(?P<q>[1-4])$",  # 2023Q1
    "year_quarter_number": r"^(?P<y>\d{4})(?P<q>[1-4])$",  # 20253
    "quarter_year": r"^(?P<q>[1-4])Q ?(?P<y>\d{4})$",  # 2Q2025
    "short_quarter": r"^Q(?P<q>[1-4])(?P<y>\d{2})$",  # Q417
    "month_to_month": r"^(?P<y>\d{4})(?P<m>\d{2})\d{4}\d{2}$",  # 202601202603
    "month_names_year": r"^(?P<b>[A-Za-z]{3})-[A-Za-z]{3}-(?P<y>\d{2})$",  # JAN-FEB-18
}
SPANS: Final = (
    "year_quarter", "year_quarter_number", "quarter_year", "short_quarter", "month_to_month", "month_names_year",
)  # fmt: skip
# What spreadsheets make of months and days when they save a file again, in the languages of `month_names`.
_WORD: Final = r"(?P<b>\p{L}{2,12})\.?"
REWRITTEN: Final = (
    r"^(?P<y>\d{4})[-/._ ] ?(?P<m>\d{1,2})(?:[-/._ ] ?(?P<d>\d{1,2}))?\.?$",  # 2026/2, 2026-2-1, 2026. 2. 1.
    r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})?$",  # 202602
    r"^(?P<y>\d{4}) ?[年년] ?(?P<m>\d{1,2}) ?[月월](?: ?(?P<d>\d{1,2}) ?[日일])?$",  # 2026年2月1日
    r"^(?P<m>\d{1,2})[-/. ](?P<y>\d{4})$",  # 2/2026
    rf"^{_WORD}(?: del?)?[-/.' ]*(?P<y>\d{{4}}|\d{{2}})$",  # Feb-26, févr. 2026, febrero de 2026
    rf"^(?P<y>\d{{4}})[-/. ]*{_WORD}$",  # 2026-Feb
    # 1-Feb-26, 1. Februar 2026, 1 de febrero de 2026
    rf"^(?:\p{{L}}+, )?(?P<d>\d{{1,2}})\.?(?: de)?[-/. ]+{_WORD}(?: de)?[-/., ]+(?P<y>\d{{4}}|\d{{2}})$",
    rf"^(?:\p{{L}}+, )?{_WORD}[-/ ]+(?P<d>\d{{1,2}}),?[-/ ]+(?P<y>\d{{4}})$",  # February 1, 2026
)
_TIME: Final = r"[T ,]+\d{1,2}:\d{2}.*$"
_SERIAL: Final = r"^(\d{5})(?:\.\d+)?$"
_SERIALS: Final = (32874, 55153)  # days that spreadsheets count from the end of 1899: those of 1990 to 2050
_DAY_ZERO: Final = date(1899, 12, 30)
YEARS: Final = (1970, 2099)  # no other year is one of a sale
LONGEST_MONTH: Final = 42  # days: a fiscal month has five weeks at most, of which a report may show one more


def parse_days(cells: pl.Series, notations: tuple[str, ...]) -> pl.Series:
    """Parse strings to dates by the first notation that fits; null where none does.

    A notation without days gives the first of the month.
    """
    text = cells.str.strip_chars()
    days = [_days(text, NOTATIONS[notation]) for notation in notations]
    return pl.select(pl.coalesce(days)).to_series() if days else pl.Series(dtype=pl.Date)


def rewritten_days(cells: pl.Series) -> pl.Series:
    """Parse strings as spreadsheets rewrite days and months, in notations that have one reading; null for others."""
    text = cells.str.strip_chars().str.replace(_TIME, "")
    return pl.select(pl.coalesce([_days(text, pattern) for pattern in REWRITTEN])).to_series()


def serial_days(cells: pl.Series) -> pl.Series:
    """Parse numbers by which spreadsheets count days (46054 is 2026-02-01); null where a cell is none."""
    number = cells.str.strip_chars().str.extract(_SERIAL, 1).cast(pl.Int32, strict=False)
    number = number.set(~number.is_between(*_SERIALS), None)
    return (number + (_DAY_ZERO - date(1970, 1, 1)).days).cast(pl.Date)


def are_spans(cells: pl.Series, notations: tuple[str, ...]) -> pl.Series:
    """Whether each string is in one of those `notations` that stand for several months."""
    found = [cells.str.strip_chars().str.contains(NOTATIONS[name]) for name in notations if name in SPANS]
    return (
        pl.select(pl.any_horizontal(found)).to_series() if found else pl.Series([False] * len(cells), dtype=pl.Boolean)
    )


def months(days: pl.Series) -> pl.Series:
    """The first day of the month of each day."""
    return days.dt.month_start()


def middle_months(starts: pl.Series, ends: pl.Series) -> pl.Series:
    """The first day of the month that holds the middle of each span, so that a fiscal month (10/01 to 11/04) becomes a
    calendar month.

    A span longer than `LONGEST_MONTH` counts for the month in which it starts.
    """
    first, last = starts.cast(pl.Int32), ends.cast(pl.Int32)
    middle = ((first + last) // 2).cast(pl.Date)
    return middle.zip_with(((last - first) < LONGEST_MONTH).fill_null(True), starts).dt.month_start()


def _days(text: pl.Series, pattern: str) -> pl.Series:
    groups = text.to_frame("text").select(pl.col("text").str.extract_groups(pattern)).unnest("text")
    day = pl.col("d") if "d" in groups.columns else pl.lit("1")
    return groups.select(day_of(pl.col("y"), _month(groups.columns), day.fill_null("1"))).to_series()


def day_of(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The day of strings or numbers; null where there is none. A year of two digits is of this century."""
    year, month, day = (part.cast(pl.Int32, strict=False) for part in (year, month, day))
    year = pl.when(year < 100).then(year + 2000).otherwise(year)
    iso = pl.format("{}-{}-{}", pl.when(year.is_between(*YEARS)).then(year), month, day)
    return iso.str.to_date("%Y-%-m-%-d", strict=False)


def _month(columns: list[str]) -> pl.Expr:
    if "m" in columns:
        return pl.col("m")
    if "q" in columns:
        return pl.col("q").cast(pl.Int8, strict=False) * 3 - 2
    return pl.col("b").map_batches(_named_months, pl.Int32, is_elementwise=True)


def _named_months(names: pl.Series) -> pl.Series:
    return pl.Series([month_numbers().get(key_of(name or "")) for name in names], dtype=pl.Int32)
