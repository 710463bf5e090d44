"""The importer module: convert → partition → total → check. Files in, files and figures out; no network.

From the cleaned lines of a file: its sale lines with revenue, as one Parquet file per period, and its totals by
artist, DSP, territory, track and release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from glider.expressions import first_case
from glider.importer.totals import Totals, file_totals, total_by
from glider.jobs import DIMENSIONS, Check, CleaningResult, ImporterResult, SalesPart
from glider.reasons import check
from glider.schema import AMOUNT, IMPORTED, REASON

ROW_GROUP: Final = 250_000


@dataclass(frozen=True)
class Imported:
    """`parts`: period (YYYY-MM) → its Parquet file; `totals`: dimension → rows, largest revenue first."""

    parts: dict[str, Path]
    totals: dict[str, pl.DataFrame]
    whole: Totals
    by_period: dict[str, Totals]


def import_lines(lines: Path, folder: Path, rates: Mapping[str, Decimal]) -> Imported:
    """Import the cleaned lines at `lines`, working in `folder`. `rates` has an exchange rate per currency."""
    accepted = pl.scan_parquet(lines).filter(pl.col(REASON).is_null()).drop(REASON)
    accepted = accepted.with_columns(_revenue(rates).alias("revenue"))
    target = folder / "sales.parquet"
    sale_lines = accepted.select(pl.col(name).cast(kind) for name, kind in IMPORTED.items())
    sale_lines.sink_parquet(target, compression="lz4", engine="streaming", row_group_size=ROW_GROUP)
    frame = pl.scan_parquet(target)
    by_period = _by_period(frame)
    queries = [total_by(frame, dimension) for dimension in DIMENSIONS]
    totals = dict(zip(DIMENSIONS, pl.collect_all(queries, engine="streaming"), strict=True))
    return Imported(_partitioned(frame, folder, list(by_period)), totals, file_totals(frame), by_period)


def _revenue(rates: Mapping[str, Decimal]) -> pl.Expr:
    """Net times the rate of its currency, rounded half-even at the 18th place; a rate of 1 leaves net as it is."""
    if all(rate == 1 for rate in rates.values()):
        return pl.col("net")
    cases = [
        (pl.col("currency") == currency, pl.col("net") * pl.lit(rate, dtype=AMOUNT)) for currency, rate in rates.items()
    ]
    return first_case(cases, AMOUNT)


def _by_period(frame: pl.LazyFrame) -> dict[str, Totals]:
    month = pl.col("period").dt.strftime("%Y-%m").alias("month")
    groups = frame.group_by("period").agg(Totals.expressions()).sort("period").with_columns(month)
    return {row["month"]: Totals.of(row) for row in groups.collect(engine="streaming").iter_rows(named=True)}


def _partitioned(frame: pl.LazyFrame, folder: Path, periods: list[str]) -> dict[str, Path]:
    """One pass over the lines, whatever the number of periods."""
    root = folder / "parts"
    scheme = pl.PartitionBy(
        root,
        key=pl.col("period").dt.strftime("%Y-%m").alias("month"),
        include_key=False,
        approximate_bytes_per_file=None,
    )
    frame.sink_parquet(scheme, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, mkdir=True)
    found = {path.parent.name.removeprefix("month="): path for path in root.rglob("*.parquet")}
    return {period: found[period] for period in periods}


def checks(imported: Imported, cleaning: CleaningResult) -> list[Check]:
    """The identities of the import (design.md, "Numbers that tie"): every sum from what was written, read again."""
    whole = imported.whole
    written = file_totals(pl.scan_parquet(list(imported.parts.values()))) if imported.parts else Totals()
    return [
        check("lines in Parquet = lines accepted", cleaning.accepted, written.rows),
        check("net in Parquet = net accepted", cleaning.net_accepted, written.net),
        check("revenue in Parquet = total", whole.revenue, written.revenue),
        *(_dimension_check(dimension, totals, whole) for dimension, totals in imported.totals.items()),
    ]


def _dimension_check(dimension: str, totals: pl.DataFrame, whole: Totals) -> Check:
    found = totals.select(pl.col("revenue").sum()).item() or Decimal(0)
    return check(f"revenue by {dimension} = total", whole.revenue, found)


def result(
    imported: Imported, cleaning: CleaningResult, keys: Mapping[str, str], blank: ImporterResult
) -> ImporterResult:
    """`keys`: period → the key its Parquet file has in S3."""
    artists = imported.totals["artist"]
    return blank.model_copy(
        update={
            "total_rows": imported.whole.rows,
            "total_artists": artists.filter(pl.col("stated")).height,
            "total_local": imported.whole.revenue,
            "currencies": sorted(cleaning.net_by_currency),
            "parts": [_part(period, keys[period], totals) for period, totals in imported.by_period.items()],
            "checks": checks(imported, cleaning),
        }
    )


def _part(period: str, key: str, totals: Totals) -> SalesPart:
    return SalesPart(
        period=period, key=key, rows=totals.rows, quantity=totals.quantity, net=totals.net, revenue=totals.revenue
    )
