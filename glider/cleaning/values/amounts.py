"""Parses amounts and quantities as files write them to exact decimals and whole numbers.

Whether a comma is the decimal mark or separates thousands is decided for a whole column, never for a cell (`1,234`
alone could be either): `evidence` counts what the column's cells show, and `decide` decides or leaves it open. Nearly
every cell can be cast as it is; only the others are parsed by pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from glider.canonical.schema import AMOUNT

DecimalMark = Literal["point", "comma"]

_SPACES: Final = r"[\s\u00a0\u202f\u2009'\u2019]"  # thousands are separated by these in some countries
_MONEY: Final = r"(?i)^([+\-\u2212(]*)(?:US\$|R\$|A\$|C\$|[$€£¥]|[A-Z]{3})|(?:[$€£¥]|[A-Z]{3})(\)?-?)$"
_BRACKETED: Final = r"^\((.*)\)$"
_TRAILING_MINUS: Final = r"^([^-].*)-$"
_PLAIN: Final = {
    "point": r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?$",
    "comma": r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?$",
}
_EITHER: Final = r"^[+-]?\d{1,3}[.,]\d{3}$"  # one mark and three digits: thousands or decimals

# No sale is so large, and the sum of as many lines as a file may have stays within decimal(38,18) and int64.
LARGEST_AMOUNT: Final = 10**11
LARGEST_QUANTITY: Final = 10**10


def parse_amounts(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    """Parse strings to decimal(38,18). Blank and unreadable cells are both null; compare with `cells` to see which."""
    return read_amounts(cells, mark)[0]


def read_amounts(cells: pl.Series, mark: DecimalMark) -> tuple[pl.Series, bool]:
    """Like `parse_amounts`; also returns whether the cells leave `mark` open.

    They do if one holds the other mark, or is no number in this notation.
    """
    amounts, odd = _cast(cells, mark)
    if odd is None or not odd.any():
        return amounts, False
    amounts = _patch(amounts, odd, _parse_odd(cells.filter(odd), mark))
    return amounts, _could_be_other(cells, amounts, mark)


def _cast(cells: pl.Series, mark: DecimalMark) -> tuple[pl.Series, pl.Series | None]:
    """The numbers of cells that can be cast as they are, and which cells have to be parsed by pattern (None: none)."""
    if mark == "point":
        amounts = cells.cast(AMOUNT, strict=False)
        return amounts, (amounts.is_null() & (cells != "")) if amounts.null_count() else None
    # One query a batch for all that is asked of a cell: measured in docs/speed.md.
    cell = pl.col("cell")
    number = cell.str.replace(",", ".", literal=True).cast(AMOUNT, strict=False).alias("number")
    with_point = cell.str.contains(".", literal=True).alias("with_point")
    found = cells.to_frame("cell").select(number, with_point)
    amounts, odd = found["number"], found["with_point"]
    return amounts, odd | (amounts.is_null() & (cells != "")) if amounts.null_count() else odd


def _could_be_other(cells: pl.Series, amounts: pl.Series, mark: DecimalMark) -> bool:
    other = "," if mark == "point" else "."
    return bool(cells.str.contains(other, literal=True).any()) or bool((amounts.is_null() & (cells != "")).any())


def parse_quantities(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    """Parse strings to int64; what is no whole number is null, such as `1.5`, but not `2.0`."""
    counts = cells.cast(pl.Int64, strict=False)
    if not counts.null_count():
        return counts
    odd = counts.is_null() & (cells != "")
    return _patch(counts, odd, _whole(parse_amounts(cells.filter(odd), mark))) if odd.any() else counts


def within(numbers: pl.Series, largest: int) -> pl.Series:
    """Return `numbers` with null for those beyond `largest`, which no sale could be."""
    inside = numbers.is_between(-largest, largest)
    return numbers if inside.all() else numbers.zip_with(inside.fill_null(False), numbers.clear(len(numbers)))


def _parse_odd(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    text = _bare(cells)
    text = text.set(~text.str.contains(_PLAIN[mark]), None)
    text = text.str.replace_all("." if mark == "comma" else ",", "", literal=True)
    return text.str.replace(",", ".", literal=True).cast(AMOUNT, strict=False)


def _bare(cells: pl.Series) -> pl.Series:
    """Remove spaces, currency and brackets; brackets, or a minus after the number, become a minus before it."""
    # The currency is removed twice, as it may stand outside the brackets or inside them.
    text = cells.str.replace_all(_SPACES, "").str.replace(_MONEY, "${1}${2}").str.replace("\u2212", "-", literal=True)
    return text.str.replace(_BRACKETED, "-${1}").str.replace(_TRAILING_MINUS, "-${1}").str.replace(_MONEY, "${1}${2}")


def _whole(amounts: pl.Series) -> pl.Series:
    counts = amounts.cast(pl.Int64, strict=False)
    return counts.set(counts.cast(AMOUNT, strict=False) != amounts, None)


def _patch(values: pl.Series, where: pl.Series, patch: pl.Series) -> pl.Series:
    return values.scatter(where.arg_true(), patch)


@dataclass(frozen=True)
class Evidence:
    """How many cells of a column can be read only with a `point`, only with a `comma`, and with `either`."""

    point: int
    comma: int
    either: int


def evidence(cells: pl.Series) -> Evidence:
    """Count what the cells of a column show about its decimal mark; those without point and comma show nothing."""
    text = _bare(cells)
    text = text.filter(text.str.contains(r"[.,]"))
    either = text.str.contains(_EITHER)
    point, comma = (text.str.contains(_PLAIN[mark]) & ~either for mark in ("point", "comma"))
    return Evidence(point=int(point.sum()), comma=int(comma.sum()), either=int(either.sum()))


def decide(counts: Evidence, convention: Literal["point", "comma", "auto"]) -> DecimalMark | None:
    """Decide the decimal mark of a column; None if cells leave it open and the layout's `convention` is `auto`."""
    # Cells count before the layout's convention: files are saved again by spreadsheets of other countries.
    if counts.comma > counts.point:
        return "comma"
    if counts.point > counts.comma or (counts.either == 0 and counts.comma == 0):
        return "point" if convention == "auto" or counts.point > 0 else convention
    return None if convention == "auto" else convention
