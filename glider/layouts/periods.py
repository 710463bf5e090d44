"""Notations in which sales files write months and days, each parsed for a whole column at once.

A layout fixes its notations: whether 3/4 is in March or in April is never guessed from a cell. A span of several months
(`SPANS`) counts for its first month, because the months in a quarter cannot be known.
"""

from __future__ import annotations

from typing import Final

import polars as pl

# Named groups: y year (four digits or two), m month, b month by English name, q quarter, d day.
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
LONGEST_MONTH: Final = 42  # days: a fiscal month has five weeks at most, of which a report may show one more
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_days(cells: pl.Series, notations: tuple[str, ...]) -> pl.Series:
    """Parse strings to dates by the first notation that fits; null where none does.

    A notation without days gives the first of the month.
    """
    text = cells.str.strip_chars()
    days = [_days(text, NOTATIONS[notation]) for notation in notations]
    return pl.select(pl.coalesce(days)).to_series() if days else pl.Series(dtype=pl.Date)


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
    return groups.select(_date(groups.columns)).to_series()


def _date(columns: list[str]) -> pl.Expr:
    year = pl.col("y").cast(pl.Int32, strict=False)
    # A year of two digits is of this century.
    year = pl.when(year < 100).then(year + 2000).otherwise(year)
    day = pl.col("d").cast(pl.Int8, strict=False).fill_null(1) if "d" in columns else pl.lit(1, dtype=pl.Int8)
    iso = pl.format("{}-{}-{}", year, _month(columns), day)
    return iso.str.to_date("%Y-%-m-%-d", strict=False)


def _month(columns: list[str]) -> pl.Expr:
    if "m" in columns:
        return pl.col("m").cast(pl.Int8, strict=False)
    if "q" in columns:
        return pl.col("q").cast(pl.Int8, strict=False) * 3 - 2
    return _named_month(pl.col("b"))


def _named_month(name: pl.Expr) -> pl.Expr:
    numbers = {short: number for number, short in enumerate(_MONTHS, start=1)}
    return name.str.to_lowercase().str.head(3).replace_strict(numbers, default=None, return_dtype=pl.Int8)
