"""Expressions for cells as they are written, stripped but not parsed; of several columns, the first that is filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from glider.canonical.interning import Tidied, interned
from glider.cleaning.recognition.csv_table import ROW, SURPLUS, Table

RAW: Final = "raw_"  # prefix of fields as written: faults need them beside the parsed values
TEXT_ROW: Final = "row_of_text"  # column: the number of a line in the table's text
TEXT: Final = "text_"  # prefix of columns of the file whose cells are interned texts


def source_row(table: Table, *, spans_lines: bool) -> pl.Expr:
    """The number, from 1, of the line in the file on which a row starts; `spans_lines` as in `ReadPlan`."""
    return table.numbers_in_file(text_row(table, spans_lines=spans_lines))


def source_part(table: Table) -> pl.Expr:
    """The name of the member that a line is of, as interned text; of a frame with `TEXT_ROW`."""
    return interned(table.member) if table.joined is None else table.joined.members(pl.col(TEXT_ROW))


def text_row(table: Table, *, spans_lines: bool) -> pl.Expr:
    """Like `source_row`, of the line in the table's text."""
    row = pl.col(ROW).cast(pl.Int64) + table.first_line
    if not spans_lines or table.parquet is not None:
        return row
    # Each line break within a cell moves all later rows down by one line.
    breaks = line_breaks(table)
    return row + breaks.cum_sum().cast(pl.Int64) - breaks.cast(pl.Int64)


def line_breaks(table: Table) -> pl.Expr:
    """The number of line breaks within the cells of a row."""
    names = (*table.every_column, SURPLUS)
    return pl.sum_horizontal(pl.col(name).str.count_matches("\n", literal=True) for name in names)


def raw(name: str) -> pl.Expr:
    """The canonical field `name` as written."""
    return pl.col(RAW + name)


def cell(table: Table, names: tuple[str, ...]) -> pl.Expr:
    """The first filled cell of the columns called `names`; an empty string where there is none."""
    return first_filled([stripped(place, table) for place in table.columns.named(*names)])


def stripped(place: str, table: Table) -> pl.Expr:
    return _tidy(pl.col(place).fill_null(""), table)


def _tidy(cell: pl.Expr, table: Table) -> pl.Expr:
    text = cell.str.strip_chars()
    # Composing costs time on every cell, so the look at the bytes has noted whether any accent needs it.
    return text.str.normalize("NFC") if table.text.decomposed else text


def text(place: str) -> pl.Expr:
    """The cells of the column `place` as interned texts."""
    return pl.col(TEXT + place)


def tidied(table: Table) -> Tidied:
    """Like `stripped`, as interned texts, for every column that is added to it."""
    return Tidied("texts", lambda text: _tidy(text, table))


def first_filled(cells: Sequence[pl.Expr], nothing: pl.Expr | None = None) -> pl.Expr:
    """The first of `cells` that is not blank; `nothing` (an empty string) if there are no `cells`."""
    if not cells:
        return pl.lit("") if nothing is None else nothing
    if len(cells) == 1:
        return cells[0]
    return pl.coalesce(pl.when(each != "").then(each) for each in cells).fill_null("")
