"""Splits lines of DDEX reports: tabs separate cells, pipes separate the values of a cell, and both can be escaped.

A tab that belongs to the text has a backslash before it; a pipe has one (reports of today) or two (earlier ones). A
backslash of the text is written three times.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from glider.cleaning.values.amounts import LARGEST_AMOUNT

_ESCAPED_TAB: Final = "\\\t"
_ESCAPED_PIPE: Final = r"\\{1,2}\|"
_ESCAPED_BACKSLASH: Final = "\\\\\\"
_TAB: Final = "\x1d"  # placeholders for what is no separator; `cells` takes them out of the text before
_PIPE: Final = "\x1e"
_BACKSLASH: Final = "\x1f"


def cells(line: pl.Expr) -> pl.Expr:
    """Split `line` into a list of cells, with placeholders for escaped tabs and backslashes."""
    # Escapes of pipes stay: they are resolved when the values of a cell are split.
    plain = line.str.replace_all(f"[{_TAB}{_PIPE}{_BACKSLASH}]", " ")
    marked = plain.str.replace_all(_ESCAPED_BACKSLASH, _BACKSLASH, literal=True)
    return marked.str.replace_all(_ESCAPED_TAB, _TAB, literal=True).str.split("\t")


def values(cell: pl.Expr) -> pl.Expr:
    """Split `cell` into a list of its values, still with placeholders."""
    return cell.str.replace_all(_ESCAPED_PIPE, _PIPE).str.split("|")


def text(cell: pl.Expr) -> pl.Expr:
    """`cell` as people read it: without escapes, its values separated by commas."""
    marked = cell.str.replace_all(_ESCAPED_PIPE, _PIPE).str.replace_all("|", ", ", literal=True)
    return _unescaped(marked).str.strip_chars()


def first_value(cell: pl.Expr) -> pl.Expr:
    """The first value of `cell`, without escapes."""
    return _unescaped(values(cell).list.first()).str.strip_chars()


def total(cell: pl.Expr) -> pl.Expr:
    """The sum of the amounts in `cell` as text; `cell` itself if one of them is no amount, null if it is empty."""
    # One that is larger than any amount may be counts as none: it could not be added up.
    number = pl.element().str.strip_chars().cast(pl.Decimal(38, 18), strict=False)
    amounts = values(cell).list.eval(pl.when(number.abs() <= LARGEST_AMOUNT).then(number))
    summed = amounts.list.sum().cast(pl.String)
    whole = amounts.list.eval(pl.element().is_null()).list.any() == False  # noqa: E712
    return pl.when(cell != "").then(pl.when(whole).then(summed).otherwise(cell))


def _unescaped(marked: pl.Expr) -> pl.Expr:
    spelled = marked.str.replace_all(_TAB, " ", literal=True).str.replace_all(_PIPE, "|", literal=True)
    return spelled.str.replace_all(_BACKSLASH, "\\", literal=True)
