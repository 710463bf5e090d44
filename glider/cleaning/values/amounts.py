"""Parses amounts and quantities as files write them to exact decimals and whole numbers.

Whether a comma is the decimal mark or separates thousands is decided for a whole column, never for a cell (`1,234`
alone could be either): `evidence` counts what the column's cells show, and `decide` decides or leaves it open. Nearly
every cell can be cast as it is; only the others are parsed by pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import polars as pl

from glider.canonical.schema import AMOUNT
from glider.layouts.currencies import codes_of

DecimalMark = Literal["point", "comma"]
OTHER_MARK: Final[dict[DecimalMark, DecimalMark]] = {"point": "comma", "comma": "point"}

_SPACES: Final = r"[\s\u00a0\u202f\u2009'\u2019]+"  # thousands are separated by these in some countries
_SYMBOL: Final = r"(?:(?:[A-Z]{1,2})?\$(?:US)?|kr|rs|zł|Kč|\p{Sc}|[A-Z]{3})"
_DIGITS: Final = r"[\d.,](?:[\d., ]*[\d.,])?(?:e[+-]?\d+)?"
# Sign, currency and number in any usual order; only sign and number are kept.
_WRITTEN: Final = (
    rf"(?i)^ ?([+\-(]*) ?(?:{_SYMBOL} ?){{0,2}}([+\-(]*) ?({_DIGITS}) ?(?:{_SYMBOL} ?){{0,2}}(\)?-?) ?{_SYMBOL}? ?$"
)
_SHORT_WORD: Final = r"(?i)(kr|rs)\.( |$)"  # the point of an abbreviation
_UNCLEAR_POINT: Final = r"(?i)(?:kr|rs)[.,]"  # in `Rs.500` the point may be the decimal mark
_BRACKETED: Final = r"^\((.*)\)$"
_TRAILING_MINUS: Final = r"^([^-].*)-$"
_GAP: Final = "'"  # stands for a space between two digits
# A group that starts with 0 is never one of thousands, and a number with an exponent has no groups.
_GROUPED: Final = r"[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
_EXPONENT: Final = r"(?:[eE][+-]?\d+)?"
_PLAIN: Final = {
    mark: rf"^[+-]?(?:(?:{_GROUPED.format(group)}|{_GROUPED.format(_GAP)})(?:{sign}\d*)?"
    rf"|(?:\d+(?:{sign}\d*)?|{sign}\d+){_EXPONENT})$"
    for mark, sign, group in (("point", r"\.", ","), ("comma", ",", r"\."))
}
_EITHER: Final = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"  # one mark and three digits: thousands or decimals
# As `input.workbook_program` writes a cell that is a number: never with three decimals, which could be thousands.
_TRUE_NUMBER: Final = r"^-?(?:(?:0|[1-9]\d*)\.\d*[1-9]|[1-9]\d{0,2}\.\d{3}0|\d(?:\.\d+)?e[+-]\d+)$"

# No sale is so large, and the sum of as many lines as a file may have stays within decimal(38,18) and int64.
LARGEST_AMOUNT: Final = 10**11
LARGEST_QUANTITY: Final = 10**10


class Reading(NamedTuple):
    """What a column's cells are read as: `amounts` (null where blank or unreadable), and what was noticed.

    `odd`: which cells were parsed by pattern (None: none); only they can name a currency. `is_open`: a cell holds the
    other mark or is no number in this notation, so the column's mark may be wrong.
    """

    amounts: pl.Series
    odd: pl.Series | None
    is_open: bool


def parse_amounts(cells: pl.Series, mark: DecimalMark, *, sheet: bool = False) -> pl.Series:
    """Parse strings to decimal(38,18). Blank and unreadable cells are both null; compare with `cells` to see which.

    In a `sheet`, numbers stand beside texts: a cell written as a number is read as one, whatever the `mark` of texts.
    """
    return read_amounts(cells, mark, sheet=sheet).amounts


def read_amounts(cells: pl.Series, mark: DecimalMark, *, sheet: bool = False) -> Reading:
    """Like `parse_amounts`, with what was noticed on the way."""
    amounts, odd = _cast(cells, mark)
    if odd is None or not odd.any():
        return Reading(amounts, None, is_open=False)
    amounts = _patch(amounts, odd, _parse_odd(cells.filter(odd), mark, sheet=sheet))
    return Reading(amounts, odd, _could_be_other(cells, amounts, mark))


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


def _parse_odd(cells: pl.Series, mark: DecimalMark, *, sheet: bool = False) -> pl.Series:
    text = _bare(cells)
    text = text.set(~text.str.contains(_PLAIN[mark]) | _of_no_currency(cells), None)
    text = text.str.replace_all(f"[{'.' if mark == 'comma' else ','}{_GAP}]", "")
    amounts = text.str.replace(",", ".", literal=True).cast(AMOUNT, strict=False)
    if not sheet:
        return amounts
    true = amounts.is_null() & cells.str.contains(_TRUE_NUMBER)
    return amounts.zip_with(~true, cells.cast(AMOUNT, strict=False)) if true.any() else amounts


def _bare(cells: pl.Series) -> pl.Series:
    """Remove currency and brackets; brackets, or a minus after the number, become a minus before it."""
    text = cells.str.replace_all(_SPACES, " ").str.replace("\u2212", "-", literal=True)
    text = text.str.replace(_SHORT_WORD, "${1}${2}")
    text = text.set(text.str.contains(_UNCLEAR_POINT), "?")
    text = text.str.replace(_WRITTEN, "${1}${2}${3}${4}").str.replace_all(r"(\d) (\d)", f"${{1}}{_GAP}${{2}}")
    return text.str.replace(_BRACKETED, "-${1}").str.replace(_TRAILING_MINUS, "-${1}")


def symbols_in(cells: pl.Series) -> pl.Series:
    """The codes and symbols of currencies in each of `cells`, separated by spaces; an empty text where there are none.

    A word of three letters counts as a code, whether or not it is one: `glider.layouts.currencies.codes_of` knows.
    """
    return cells.str.extract_all(f"(?i){_SYMBOL}").list.join(" ")


def _of_no_currency(cells: pl.Series) -> pl.Series:
    """Whether what stands beside the number is no currency, or two."""
    symbols = symbols_in(cells)
    unknown = [text for text in symbols.unique() if text and not codes_of(text)]
    return symbols.is_in(unknown)


def _whole(amounts: pl.Series) -> pl.Series:
    counts = amounts.cast(pl.Int64, strict=False)
    return counts.set(counts.cast(AMOUNT, strict=False) != amounts, None)


def _patch(values: pl.Series, where: pl.Series, patch: pl.Series) -> pl.Series:
    return values.scatter(where.arg_true(), patch)


@dataclass(frozen=True)
class Evidence:
    """How many cells of a column can be read only with a `point`, only with a `comma`, and with `either`.

    `numbers` are cells of a sheet that were written as numbers: they have one reading, and show nothing about texts.
    """

    point: int
    comma: int
    either: int
    numbers: int = 0


def evidence(cells: pl.Series, *, sheet: bool = False) -> Evidence:
    """Count what the cells of a column show about its decimal mark; those without point and comma show nothing."""
    cells = cells.filter(cells.str.contains(r"[.,]"))
    text = _bare(cells)
    either = text.str.contains(_EITHER)
    number = cells.str.contains(_TRUE_NUMBER) & ~either if sheet else pl.repeat(False, len(cells), eager=True)
    point, comma = (text.str.contains(_PLAIN[mark]) & ~either & ~number for mark in OTHER_MARK)
    found = {"point": point, "comma": comma, "either": either, "numbers": number}
    return Evidence(**{name: int(where.sum()) for name, where in found.items()})


def has_two_readings(cells: pl.Series) -> pl.Series:
    """Whether the point or comma in each of `cells` may separate thousands or decimals."""
    return _bare(cells).str.contains(_EITHER)


def only_with(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    """Whether each of `cells` is an amount with `mark` and none with the other."""
    other = _parse_odd(cells, OTHER_MARK[mark]).is_null()
    return _parse_odd(cells, mark).is_not_null() & other


def decide(counts: Evidence, convention: Literal["point", "comma", "auto"]) -> DecimalMark | None:
    """Decide the decimal mark of a column; None if cells leave it open and the layout's `convention` is `auto`.

    Also None if cells contradict each other, and others have two readings that only the layout could decide between.
    """
    # Cells count before the layout's convention: files are saved again by spreadsheets of other countries.
    if counts.point and counts.comma:
        return _by_most(counts, convention)
    if counts.point or counts.comma:
        return "point" if counts.point else "comma"
    if convention == "auto":
        return None if counts.either else "point"
    return convention


def _by_most(counts: Evidence, convention: Literal["point", "comma", "auto"]) -> DecimalMark | None:
    """The mark of most cells. Cells with two readings must not rest on that alone, but on the layout as well."""
    if counts.point == counts.comma:
        return None if convention == "auto" or counts.either else convention
    most: DecimalMark = "point" if counts.point > counts.comma else "comma"
    return most if not counts.either or most == convention else None
