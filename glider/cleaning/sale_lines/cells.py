"""Cells as they are written, before they are parsed: stripped, and the first filled where several columns may serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from glider.canonical.interning import Tidied
from glider.cleaning.recognition.csv_table import ROW, Table

RAW: Final = "raw_"  # prefix of the cells as written, kept beside the parsed ones until the reasons are settled
TEXT: Final = "text_"  # prefix of the columns whose cells are interned texts


def source_row(table: Table, *, spans_lines: bool) -> pl.Expr:
    """The number of the line in the file at which a row starts."""
    row = pl.col(ROW).cast(pl.Int64) + table.first_line
    if not spans_lines or table.made is not None:
        return row
    breaks = pl.sum_horizontal(pl.col(name).str.count_matches("\n", literal=True) for name in table.every_column)
    return row + breaks.cum_sum().cast(pl.Int64) - breaks.cast(pl.Int64)


def raw(name: str) -> pl.Expr:
    return pl.col(RAW + name)


def cell(table: Table, names: tuple[str, ...]) -> pl.Expr:
    """The first filled cell of the columns so called; an empty string where there is none."""
    return first_filled([stripped(place, table) for place in table.columns.named(*names)])


def stripped(place: str, table: Table) -> pl.Expr:
    return _tidy(pl.col(place).fill_null(""), table)


def _tidy(cell: pl.Expr, table: Table) -> pl.Expr:
    text = cell.str.strip_chars()
    return text.str.normalize("NFC") if table.text.decomposed else text


def text(place: str) -> pl.Expr:
    return pl.col(TEXT + place)


def tidied(table: Table) -> Tidied:
    """`stripped`, interned, for every column that is added."""
    return Tidied("texts", lambda text: _tidy(text, table))


def first_filled(cells: Sequence[pl.Expr], nothing: pl.Expr | None = None) -> pl.Expr:
    if not cells:
        return pl.lit("") if nothing is None else nothing
    if len(cells) == 1:
        return cells[0]
    return pl.coalesce(pl.when(each != "").then(each) for each in cells).fill_null("")
