"""Puts one line into words as an example of the lines that were rejected: its number, its cell, what was expected."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

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
    where = f"line {number} of {table.member}" if table.member else f"line {number}"
    cells = _cells(reason, int(number), table, plan)
    named = " and ".join(f"{cell[:LONGEST]!r} in the column {name!r}" for name, cell in cells.items())
    return f"For example {where}{f' has {named}' if named else ''}; expected was {REASONS[reason].expected}."


def _cells(reason: str, number: int, table: Table, plan: ReadPlan) -> dict[str, str]:
    """Column of the file → cell in line `number`, of the columns that `reason` is about, but those about people."""
    columns = [name for field in REASONS[reason].fields for name in table.columns.of_field(field)[:1]]
    hidden = table.columns.named(*table.header.layout.personal)
    shown = [name for name in dict.fromkeys(columns) if name not in hidden]
    rows = table.scan(plan.path).with_columns(source_row(table, spans_lines=plan.spans_lines).alias("source_row"))
    found = rows.filter(pl.col("source_row") == number).select(shown).head(1).collect(engine="streaming")
    if not shown or found.is_empty():
        return {}
    titles = [table.header.cells[int(name.removeprefix("c"))].strip() for name in shown]
    return dict(zip(titles, (cell or "" for cell in found.row(0)), strict=True))
