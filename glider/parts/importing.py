"""Importing in parts: the parts that cleaning left, one by one, and their totals put together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from glider.importer.job import publish, publish_rows, upload
from glider.importer.run import identities, import_lines, sales_part, written
from glider.importer.totals import added_up
from glider.jobs import ImporterMessage, ImporterResult
from glider.parts import ledger
from glider.parts.plans import ImportPart, ImportPlan
from oas import keys
from oas.storage import storage
from oas.totals import COLUMNS, DIMENSIONS, SUMS, over_periods

TOTALS: Final = "totals.parquet"
NAMES: Final = ("name", "isrc", "upc", "artist")


def do_part(plan: ImportPlan, part: int, folder: Path) -> ImportPart:
    """Its outputs are in S3 when it comes back."""
    message, lines = plan.message, folder / "lines.parquet"
    storage().fetch(_cleaned_key(message, part), lines)
    imported = import_lines(lines, folder, message.exchange_rates)
    names = upload(message, imported, ledger.part_key(plan, plan.round, part, TOTALS), part)
    return ImportPart(
        rows=imported.whole.rows,
        parts=[sales_part(period, names[period], totals, part) for period, totals in imported.by_period.items()],
        whole=imported.whole,
        written=written(imported),
    )


def _cleaned_key(message: ImporterMessage, part: int) -> str:
    cleaning, file = message.cleaning, message.file
    place = (file.uuid, file.revision, cleaning.job, cleaning.cleaned_round, part)
    return keys.cleaned_part(message.organisation, *place)


def together_in_one(plan: ImportPlan, folder: Path) -> ImporterResult:
    """The result of the job; rows of totals, sales and the snapshot's header are in MongoDB."""
    message, parts = plan.message, ledger.parts_of(plan, plan.round, ImportPart)
    whole, table = added_up(part.whole for part in parts), _all_totals(plan, folder)
    totals = over_periods({dimension: _rows(table, dimension) for dimension in DIMENSIONS})
    totals_key = _keep_totals(message, table, folder)
    checks = identities(message.cleaning, whole, added_up(part.written for part in parts), totals)
    result = ImporterResult(
        job=message.job,
        total_rows=whole.rows,
        total_artists=totals["artist"].filter(pl.col("stated")).height,
        total_local=whole.revenue,
        currencies=sorted(message.cleaning.net_by_currency),
        parts=sorted((sales for part in parts for sales in part.parts), key=lambda sales: (sales.period, sales.key)),
        totals_key=totals_key,
        checks=checks,
    )
    publish_rows(message, totals, whole)
    publish(message, totals, whole, result)
    return result


def _all_totals(plan: ImportPlan, folder: Path) -> pl.DataFrame:
    """`oas.totals.COLUMNS`. Names are the first by the alphabet and sums exact: parts come to what the whole does."""
    paths = [folder / f"totals-{part}.parquet" for part in range(plan.total)]
    for part, path in enumerate(paths):
        storage().fetch(ledger.part_key(plan, plan.round, part, TOTALS), path)
    groups = pl.scan_parquet(paths).group_by("dimension", "period", "key").agg(pl.col(NAMES).min(), pl.col(SUMS).sum())
    table = groups.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items()).collect(engine="streaming")
    return table.sort("dimension", "period", "key", nulls_last=True)


def _rows(table: pl.DataFrame, dimension: str) -> pl.DataFrame:
    return table.filter(pl.col("dimension") == dimension).drop("dimension", "period")


def _keep_totals(message: ImporterMessage, table: pl.DataFrame, folder: Path) -> str:
    path = folder / TOTALS
    table.write_parquet(path, compression="zstd", compression_level=1)
    key = keys.totals(message.organisation, message.file.uuid, message.file.revision, message.job)
    storage().upload(path, key)
    return key
