"""The import itself: convert → partition → total → check. Files in, files and figures out; no network.

It makes of the cleaned lines of a sales file its sale lines with revenue, as one Parquet file for each period, and its
totals by artist, DSP, territory, track and release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.expressions import first_case
from glider.canonical.interning import stored_kind
from glider.canonical.parquet_text import as_strings
from glider.canonical.schema import AMOUNT, IMPORTED
from glider.canonical.staged_lines import periods_of, scan_accepted
from glider.checks import check
from glider.contract import Cause, Check, CleaningResult, ImporterResult, SalesObject
from glider.errors import JobFailed
from glider.importer.totals import Totals, added_up, file_totals, totals_of_periods
from oas.kernel.totals import one_table, over_periods, overflow_as, tables

ROW_GROUP: Final = 250_000
TOO_LARGE: Final = (
    "At these exchange rates the file comes to more than 10^20. "
    "Import it again with another exchange rate, or delete it."
)


@dataclass(frozen=True)
class Imported:
    """What an import has made.

    `files`: period (YYYY-MM) → its Parquet file. `totals`: dimension → rows, largest revenue first. `period_totals`: a
    Parquet file with the rows of every dimension by period (`oas.kernel.totals.COLUMNS`).
    """

    files: dict[str, Path]
    totals: dict[str, pl.DataFrame]
    whole: Totals
    by_period: dict[str, Totals]
    period_totals: Path
    as_cleaned: bool = False  # `files` are the staged ones, unchanged, so that their objects need only be copied


def import_lines(lines: Path, folder: Path, rates: Mapping[str, Decimal]) -> Imported:
    """Import the staged `lines` (`glider.canonical.staged_lines`), working in `folder`. `rates`: currency → rate.

    Raises JobFailed when the lines come to more than can be added up.
    """
    with overflow_as(JobFailed(Cause.TOTALS_TOO_LARGE, TOO_LARGE)):
        return _import_lines(lines, folder, rates)


def _import_lines(lines: Path, folder: Path, rates: Mapping[str, Decimal]) -> Imported:
    frame = sale_lines(lines, rates)
    if not _is_net(rates):
        # Raises an error where revenue has too many digits to be added up; sums by group would wrap around instead. Net
        # cannot: cleaning takes no line above 10^11.
        frame.select(pl.col("revenue").abs().sum()).collect(engine="streaming")
    by_dimension = tables(frame)
    periods = totals_of_periods(by_dimension["dsp"])
    as_cleaned = lines.is_dir() and _is_net(rates)
    files = periods_of(lines) if as_cleaned else _partition(frame, folder)
    return Imported(
        files={period: files[period] for period in periods},
        totals=over_periods(by_dimension),
        whole=added_up(periods.values()),
        by_period=periods,
        period_totals=_write_totals(one_table(by_dimension), folder),
        as_cleaned=as_cleaned,
    )


def sale_lines(lines: Path, rates: Mapping[str, Decimal]) -> pl.LazyFrame:
    """The accepted lines with their revenue; texts are interned."""
    accepted = scan_accepted(lines).with_columns(_revenue(rates).alias("revenue"))
    return accepted.select(pl.col(name).cast(stored_kind(kind)) for name, kind in IMPORTED.items())


def _write_totals(table: pl.DataFrame, folder: Path) -> Path:
    path = folder / "totals.parquet"
    table.write_parquet(path, compression="zstd", compression_level=1)
    return path


def _revenue(rates: Mapping[str, Decimal]) -> pl.Expr:
    """Net times the rate of its currency, rounded half-even at the 18th place; a rate of 1 leaves net as it is."""
    if _is_net(rates):
        return pl.col("net")
    cases = [
        (pl.col("currency") == currency, pl.col("net") * pl.lit(rate, dtype=AMOUNT)) for currency, rate in rates.items()
    ]
    return first_case(cases, AMOUNT)


def _is_net(rates: Mapping[str, Decimal]) -> bool:
    return all(rate == 1 for rate in rates.values())


def _partition(frame: pl.LazyFrame, folder: Path) -> dict[str, Path]:
    """Write the lines in one pass, however many periods there are; returns period → its Parquet file."""
    root = folder / "periods"
    scheme = pl.PartitionBy(root, key="period", include_key=True, approximate_bytes_per_file=None)
    frame.sink_parquet(scheme, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, mkdir=True)
    # Polars calls the folders `period=2025-07-01`.
    found = {path.parent.name.removeprefix("period=")[: len("YYYY-MM")]: path for path in root.rglob("*.parquet")}
    for path in found.values():
        as_strings(path)
    return found


def checks(imported: Imported, cleaning: CleaningResult) -> list[Check]:
    """The identities of the import, against the figures of `cleaning`."""
    whole = imported.whole
    # Read again from disk, so that an error of writing would not tie.
    written = file_totals(pl.scan_parquet(list(imported.files.values()))) if imported.files else Totals()
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
    """Fill `blank` with the figures of `imported`. `keys`: period → the key of its sales object."""
    artists = imported.totals["artist"]
    return blank.model_copy(
        update={
            "total_rows": imported.whole.rows,
            "total_artists": artists.filter(pl.col("stated")).height,
            "total_local": imported.whole.revenue,
            "currencies": sorted(cleaning.net_by_currency),
            "parts": [_sales_object(period, keys[period], totals) for period, totals in imported.by_period.items()],
            "checks": checks(imported, cleaning),
        }
    )


def _sales_object(period: str, key: str, totals: Totals) -> SalesObject:
    return SalesObject(
        period=period,
        key=key,
        rows=totals.rows,
        quantity=totals.quantity,
        gross=totals.gross,
        net=totals.net,
        revenue=totals.revenue,
    )
