"""Cells of DDEX reports: tabs part cells, pipes part the values of a cell, and either may be written with an escape.

A backslash stands before a tab that belongs to the text. Before a pipe of the text stand one (reports of today) or two
(earlier ones); a backslash of the text is then written three times.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_ESCAPED_TAB: Final = "\\\t"
_ESCAPED_PIPE: Final = r"\\{1,2}\|"
_ESCAPED_BACKSLASH: Final = "\\\\\\"
_TAB: Final = "\x1d"  # marks that no text holds stand in for what is not to be parted at
_PIPE: Final = "\x1e"
_BACKSLASH: Final = "\x1f"


def cells(line: pl.Expr) -> pl.Expr:
    """Lines to lists of cells; what is escaped is only marked, so that values can still be parted."""
    marked = line.str.replace_all(_ESCAPED_BACKSLASH, _BACKSLASH, literal=True)
    return marked.str.replace_all(_ESCAPED_TAB, _TAB, literal=True).str.split("\t")


def values(cell: pl.Expr) -> pl.Expr:
    """A cell's values as a list, as written."""
    return cell.str.replace_all(_ESCAPED_PIPE, _PIPE).str.split("|")


def text(cell: pl.Expr) -> pl.Expr:
    """A cell to be read by people: its values parted by commas."""
    marked = cell.str.replace_all(_ESCAPED_PIPE, _PIPE).str.replace_all("|", ", ", literal=True)
    return _plain(marked).str.strip_chars()


def first_value(cell: pl.Expr) -> pl.Expr:
    return _plain(values(cell).list.first()).str.strip_chars()


def total(cell: pl.Expr) -> pl.Expr:
    """The sum of a cell's amounts as text; the cell as it is when one of them is no amount, null when it is empty."""
    amounts = values(cell).list.eval(pl.element().str.strip_chars().cast(pl.Decimal(38, 18), strict=False))
    summed = amounts.list.sum().cast(pl.String)
    whole = amounts.list.eval(pl.element().is_null()).list.any() == False  # noqa: E712
    return pl.when(cell != "").then(pl.when(whole).then(summed).otherwise(cell))


def _plain(marked: pl.Expr) -> pl.Expr:
    spelled = marked.str.replace_all(_TAB, " ", literal=True).str.replace_all(_PIPE, "|", literal=True)
    return spelled.str.replace_all(_BACKSLASH, "\\", literal=True)
