"""The notations in which sales files write months and days, each parsed for a whole column at once.

A notation is fixed per layout (whether 3/4 is in March or in April is never guessed from a cell).
"""

from __future__ import annotations

from typing import Final

import polars as pl

# Named groups: y year (four digits or two), m month, b month by English name, d day.
NOTATIONS: Final[dict[str, str]] = {
    "year_month": r"^(?P<y>\d{4})[-/.]?(?P<m>\d{2})(?:[-/.]?(?P<d>\d{2}))?(?:[T ].*)?$",  # 2025-07 2025/07/01 20250701
    "month_day_year": r"^(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}|\d{2})(?: .*)?$",  # 10/15/2023 12:00:00 AM
    "day_month_year": r"^(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4}|\d{2})(?: .*)?$",  # 15/10/2023
    "month_name_year": r"^(?P<b>[A-Za-z]{3,9})[- ](?P<y>\d{4}|\d{2})$",  # JUN-25, June 2025
    "year_m_month": r"^(?P<y>\d{4})M(?P<m>\d{1,2})$",  # 2017M10
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_days(cells: pl.Series, notations: tuple[str, ...]) -> pl.Series:
    """Strings to dates; what no notation fits is null. A notation without days gives the first of the month."""
    text = cells.str.strip_chars()
    days = [_days(text, NOTATIONS[notation]) for notation in notations]
    return pl.select(pl.coalesce(days)).to_series() if days else pl.Series(dtype=pl.Date)


def months(days: pl.Series) -> pl.Series:
    return days.dt.month_start()


def middle_months(starts: pl.Series, ends: pl.Series) -> pl.Series:
    """The month that holds the middle of a span: how a fiscal month (10/01 to 11/04) becomes a calendar one."""
    middle = (starts.cast(pl.Int32) + ends.cast(pl.Int32)) // 2
    return middle.cast(pl.Date).dt.month_start()


def _days(text: pl.Series, pattern: str) -> pl.Series:
    groups = text.to_frame("text").select(pl.col("text").str.extract_groups(pattern)).unnest("text")
    return groups.select(_date(groups.columns)).to_series()


def _date(columns: list[str]) -> pl.Expr:
    year = pl.col("y").cast(pl.Int32, strict=False)
    year = pl.when(year < 100).then(year + 2000).otherwise(year)
    month = pl.col("m").cast(pl.Int8, strict=False) if "m" in columns else _named_month(pl.col("b"))
    day = pl.col("d").cast(pl.Int8, strict=False).fill_null(1) if "d" in columns else pl.lit(1, dtype=pl.Int8)
    iso = pl.format("{}-{}-{}", year, month, day)
    return iso.str.to_date("%Y-%-m-%-d", strict=False)


def _named_month(name: pl.Expr) -> pl.Expr:
    numbers = {short: number for number, short in enumerate(_MONTHS, start=1)}
    return name.str.to_lowercase().str.head(3).replace_strict(numbers, default=None, return_dtype=pl.Int8)
