"""Writes the lines that were rejected or skipped as a CSV for the user: number, reason, what was expected, and the line
as it is in the file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import source_row
from glider.reason_codes import REASONS
from oas.kernel.csv_safety import harmless_column


def write_rejects(cleaned: Path, tables: list[tuple[Table, ReadPlan]], target: Path) -> None:
    """Write the lines of `cleaned` that have a reason to `target`, gzipped, in the order of the file.

    Columns: line, part (the member), outcome (rejected or skipped), reason, expected, text. Cells that a spreadsheet
    would run as formulas are made harmless.
    """
    lines = pl.concat([_of_table(cleaned, table, plan) for table, plan in tables])
    lines.sink_csv(target, compression="gzip", check_extension=False, quote_style="non_numeric", maintain_order=True)


def _of_table(cleaned: Path, table: Table, plan: ReadPlan) -> pl.LazyFrame:
    without_sale = (
        scan_lines(cleaned)
        .filter(pl.col(REASON).is_not_null() & (pl.col("source_part") == table.member))
        .select(pl.col("source_row").alias("line"), pl.col("source_part").alias("part"), REASON)
        .sort("line", maintain_order=True)
    )
    wanted = without_sale.select(pl.col("line").unique()).collect(engine="streaming").to_series()
    texts = _without_people(table, plan) if table.header.layout.personal else _as_they_are(table)
    # Before the join, which would hold all lines of the file.
    texts = texts.filter(pl.col("line").is_in(wanted.implode()))
    joined = without_sale.join(texts, on="line", how="left", maintain_order="left")
    return joined.select("line", "part", _outcome(), REASON, _expected(), harmless_column(pl.col("text")).alias("text"))


def _as_they_are(table: Table) -> pl.LazyFrame:
    raw = pl.scan_lines(table.text.path, name="text", row_index_name="line", row_index_offset=1, glob=False)
    return raw.with_columns(pl.col("line").cast(pl.Int64))


def _without_people(table: Table, plan: ReadPlan) -> pl.LazyFrame:
    """The cells of each line except those about people, separated as in the file."""
    hidden = table.columns.named(*table.header.layout.personal)
    shown = [pl.col(name).fill_null("") for name in table.every_column if name not in hidden]
    text = pl.concat_str(shown, separator=table.header.delimiter).str.replace_all("\n", " ", literal=True)
    rows = table.scan(plan.path).with_columns(source_row(table, spans_lines=True).alias("line"))
    return rows.select("line", text.alias("text"))


def _outcome() -> pl.Expr:
    skipping = [code for code, reason in REASONS.items() if reason.skips]
    return (
        pl.when(pl.col(REASON).is_in(skipping)).then(pl.lit("skipped")).otherwise(pl.lit("rejected")).alias("outcome")
    )


def _expected() -> pl.Expr:
    texts = {code: reason.expected for code, reason in REASONS.items()}
    return pl.col(REASON).replace_strict(texts, default="").alias("expected")
