"""Puts one line into words as an example of the lines that were rejected: its number, its cell, what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.interning import with_strings
from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import source_row
from glider.reason_codes import REASONS

LONGEST: Final = 60  # characters of a cell


def example_of(reason: str, lines: Path, table: Table, plan: ReadPlan) -> str:
    """Return a sentence on the first of the staged `lines` of `table` with `reason`; empty if it has none."""
    of_table = scan_lines(lines).filter(pl.col(REASON) == reason, pl.col("source_part") == table.member)
    number = of_table.select(pl.col("source_row").min()).collect(engine="streaming").item()
    if number is None:
        return ""
    found = _place(int(number), REASONS[reason].fields, table, plan)
    return f"For example {found}; expected was {REASONS[reason].expected}."


def examples_of_currencies(lines: Path, tables: Sequence[tuple[Table, ReadPlan]]) -> dict[str, str]:
    """Currency → where the first accepted line with it is, and the cell that names it if there is one."""
    accepted = scan_lines(lines).filter(pl.col(REASON).is_null()).select("currency", "source_part", "source_row")
    first = with_strings(accepted).group_by("currency").agg(pl.all().sort_by("source_row").first())
    by_member = {table.member: (table, plan) for table, plan in tables}
    found = first.sort("currency").collect(engine="streaming").iter_rows()
    return {currency: _place(number, ("currency",), *by_member[part]) for currency, part, number in found}


def _place(number: int, fields: Sequence[str], table: Table, plan: ReadPlan) -> str:
    """Line `number` in words, with its cells of the columns of `fields`."""
    where = f"line {number} of {table.member}" if table.member else f"line {number}"
    cells = _cells(fields, number, table, plan)
    named = " and ".join(f"{cell[:LONGEST]!r} in the column {name!r}" for name, cell in cells.items())
    return f"{where} has {named}" if named else where


def _cells(fields: Sequence[str], number: int, table: Table, plan: ReadPlan) -> dict[str, str]:
    """Column of the file → cell in line `number`, of the columns of `fields`, but those about people."""
    columns = [name for field in fields for name in table.columns.of_field(field)[:1]]
    hidden = table.columns.named(*table.header.layout.personal)
    shown = [name for name in dict.fromkeys(columns) if name not in hidden]
    rows = table.scan(plan.path).with_columns(source_row(table, spans_lines=plan.spans_lines).alias("source_row"))
    found = rows.filter(pl.col("source_row") == number).select(shown).head(1).collect(engine="streaming")
    if not shown or found.is_empty():
        return {}
    titles = [table.header.cells[int(name.removeprefix("c"))].strip() for name in shown]
    return dict(zip(titles, (cell or "" for cell in found.row(0)), strict=True))
