"""Amounts and quantities as files write them, to exact decimals.

Whether a comma is the decimal sign or parts thousands is a property of the whole column, never of a cell
(`1,234` alone could be either): `Evidence` is gathered over the column, and `decide` settles it or refuses.
Nearly every cell casts as it is; only those that do not are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from glider.canonical.schema import AMOUNT

Sign = Literal["point", "comma"]

_SPACES: Final = r"[\s\u00a0\u202f\u2009'\u2019]"  # thousands are parted by these in some countries
_MONEY: Final = r"(?i)^([+\-\u2212(]*)(?:US\$|R\$|A\$|C\$|[$€£¥]|[A-Z]{3})|(?:[$€£¥]|[A-Z]{3})(\)?-?)$"
_BRACKETED: Final = r"^\((.*)\)$"
_TRAILING_MINUS: Final = r"^([^-].*)-$"
_PLAIN: Final = {
    "point": r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?$",
    "comma": r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?$",
}
_EITHER: Final = r"^[+-]?\d{1,3}[.,]\d{3}$"

# No sale is so large, and the sum of as many lines as a file may have stays within decimal(38,18) and int64.
LARGEST_AMOUNT: Final = 10**11
LARGEST_QUANTITY: Final = 10**10


def parse_amounts(cells: pl.Series, sign: Sign) -> pl.Series:
    """Strings to decimal(38,18). Blank and unreadable cells are both null: compare with `cells` to tell them apart."""
    return read_amounts(cells, sign)[0]


def read_amounts(cells: pl.Series, sign: Sign) -> tuple[pl.Series, bool]:
    """`parse_amounts`, and whether a cell holds the other decimal sign, or is no number in the notation of this one."""
    amounts, odd = _cast(cells, sign)
    if odd is None or not odd.any():
        return amounts, False
    amounts = _patch(amounts, odd, _parse_odd(cells.filter(odd), sign))
    return amounts, _could_be_other(cells, amounts, sign)


def _cast(cells: pl.Series, sign: Sign) -> tuple[pl.Series, pl.Series | None]:
    """The numbers that cells are as they stand, and which cells have to be looked at again (None: none)."""
    if sign == "point":
        amounts = cells.cast(AMOUNT, strict=False)
        return amounts, (amounts.is_null() & (cells != "")) if amounts.null_count() else None
    cell = pl.col("cell")
    number = cell.str.replace(",", ".", literal=True).cast(AMOUNT, strict=False).alias("number")
    with_point = cell.str.contains(".", literal=True).alias("with_point")
    found = cells.to_frame("cell").select(number, with_point)
    amounts, odd = found["number"], found["with_point"]
    return amounts, odd | (amounts.is_null() & (cells != "")) if amounts.null_count() else odd


def _could_be_other(cells: pl.Series, amounts: pl.Series, sign: Sign) -> bool:
    other = "," if sign == "point" else "."
    return bool(cells.str.contains(other, literal=True).any()) or bool((amounts.is_null() & (cells != "")).any())


def parse_quantities(cells: pl.Series, sign: Sign) -> pl.Series:
    """Strings to int64; what is no whole number is null."""
    counts = cells.cast(pl.Int64, strict=False)
    if not counts.null_count():
        return counts
    odd = counts.is_null() & (cells != "")
    return _patch(counts, odd, _whole(parse_amounts(cells.filter(odd), sign))) if odd.any() else counts


def within(numbers: pl.Series, largest: int) -> pl.Series:
    """Numbers beyond `largest` are null: nothing that a sale could come to."""
    inside = numbers.is_between(-largest, largest)
    return numbers if inside.all() else numbers.zip_with(inside.fill_null(False), numbers.clear(len(numbers)))


def _parse_odd(cells: pl.Series, sign: Sign) -> pl.Series:
    text = _bare(cells)
    text = text.set(~text.str.contains(_PLAIN[sign]), None)
    text = text.str.replace_all("." if sign == "comma" else ",", "", literal=True)
    return text.str.replace(",", ".", literal=True).cast(AMOUNT, strict=False)


def _bare(cells: pl.Series) -> pl.Series:
    """Without spaces, currency and brackets; a bracket or a minus behind the number becomes one before it."""
    text = cells.str.replace_all(_SPACES, "").str.replace(_MONEY, "${1}${2}").str.replace("\u2212", "-", literal=True)
    return text.str.replace(_BRACKETED, "-${1}").str.replace(_TRAILING_MINUS, "-${1}").str.replace(_MONEY, "${1}${2}")


def _whole(amounts: pl.Series) -> pl.Series:
    counts = amounts.cast(pl.Int64, strict=False)
    return counts.set(counts.cast(AMOUNT, strict=False) != amounts, None)


def _patch(values: pl.Series, where: pl.Series, patch: pl.Series) -> pl.Series:
    return values.scatter(where.arg_true(), patch)


@dataclass(frozen=True)
class Evidence:
    """How many cells of a column can only be read one way, how many either way, and how many say nothing."""

    point: int
    comma: int
    either: int


def evidence(cells: pl.Series) -> Evidence:
    """Count what a column of amounts says about its decimal sign."""
    text = _bare(cells)
    text = text.filter(text.str.contains(r"[.,]"))
    either = text.str.contains(_EITHER)
    point, comma = (text.str.contains(_PLAIN[sign]) & ~either for sign in ("point", "comma"))
    return Evidence(point=int(point.sum()), comma=int(comma.sum()), either=int(either.sum()))


def decide(seen: Evidence, convention: Literal["point", "comma", "auto"]) -> Sign | None:
    """The decimal sign of a column, or None when the cells leave it open.

    What the cells say goes before what the layout says: files are saved again by spreadsheets of other countries.
    """
    if seen.comma > seen.point:
        return "comma"
    if seen.point > seen.comma or (seen.either == 0 and seen.comma == 0):
        return "point" if convention == "auto" or seen.point > 0 else convention
    return None if convention == "auto" else convention
