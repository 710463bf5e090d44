"""What one sales file adds to the totals over all files: its own totals by period, as its importer left them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import structlog

from glider.contract import ImporterMessage, ImporterResult
from jobs.models import Job
from oas.kernel.config import config
from oas.kernel.periods import month_number
from oas.kernel.storage import ObjectAbsent, storage
from oas.kernel.totals import COLUMNS, DIMENSIONS, one_table, tables
from oas.kernel.workspace import workspace
from totals.models import Dimension

log = structlog.get_logger(__name__)
CODES = {dimension.name.lower(): dimension.value for dimension in Dimension}

# A row per dimension, period and key of a file (its number). `sign` is 1 for what comes, -1 for what goes.
DELTA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.Int64,
    "sign": pl.Int16,
    "dimension": pl.Int16,
    "period": pl.Int32,
    "stated": pl.Boolean,
    "key": pl.String,
    "name": pl.String,
    "artist": pl.String,
    "isrc": pl.String,
    "upc": pl.String,
    "rows": pl.Int64,
    "quantity": pl.Int64,
    "revenue": COLUMNS["revenue"],
}


@dataclass(frozen=True)
class LedgerFile:
    """A sales file as the ledger knows it: its number, how its own line is shown, and what it is counted with."""

    id: int
    uuid: str
    filename: str
    organisation: int
    batch: int | None


@dataclass(frozen=True)
class Reporting:
    """Which source (layout) a file is of, and for which months it reports (202503)."""

    source: str = ""
    months: tuple[int, ...] = ()


def reporting_of(job: Job) -> Reporting:
    """The months of its statements, as the user or else its lines say; the months of its sales where neither does."""
    message = ImporterMessage.model_validate(job.message)
    given = message.file.reporting_period
    months = [given] if given else message.cleaning.statement_periods or message.cleaning.periods
    return Reporting(source=message.cleaning.layout[:64], months=tuple(sorted(month_number(each) for each in months)))


def totals_of_job(job: Job) -> pl.DataFrame:
    """The totals by period (`oas.kernel.totals.COLUMNS`) of what an importer found; added up from its Parquet parts
    where the object is lost, or is not what the result says. Raises StorageError."""
    result = ImporterResult.model_validate(job.result)
    found = stored_totals(result)
    if found is not None and _fits(found, result.total_local):
        return found
    log.warning("totals_added_up_again", job=str(job.pk))
    return totals_of_parts(part.key for part in result.parts)


def stored_totals(result: ImporterResult) -> pl.DataFrame | None:
    """The object that the importer left; None when there is none that could be read. Raises StorageError."""
    if not result.totals_key:
        return None
    try:
        return pl.read_parquet(io.BytesIO(storage().get_bytes(result.totals_key)))
    except (ObjectAbsent, pl.exceptions.PolarsError):
        return None


def _fits(table: pl.DataFrame, total: Decimal) -> bool:
    """Each dimension adds up to the file's revenue."""
    if dict(table.schema) != COLUMNS:
        return False
    sums = table.lazy().group_by("dimension").agg(pl.col("revenue").sum()).collect()
    return sums.height == (len(DIMENSIONS) if total else sums.height) and all(each == total for each in sums["revenue"])


def totals_of_parts(keys: Iterable[str]) -> pl.DataFrame:
    """The same, from sale lines. Raises StorageError."""
    return one_table(tables_of_parts(keys))


def tables_of_parts(keys: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Dimension → totals by period, added up from Parquet. Raises StorageError (`ObjectAbsent` for a lost part)."""
    with workspace(config().work_dir) as folder:
        paths: list[Path] = []
        for n, key in enumerate(keys):
            paths.append(folder / f"{n}.parquet")
            storage().fetch(key, paths[-1])
        return tables(pl.scan_parquet(paths)) if paths else {}


def delta(table: pl.DataFrame, file: LedgerFile, *, sign: int) -> pl.DataFrame:
    """Totals by period → rows of `DELTA`, with those of the whole and of the file itself."""
    code = pl.col("dimension").replace_strict(CODES, return_dtype=pl.Int16)
    texts = pl.col("key", "name", "artist", "isrc", "upc").fill_null("").str.replace_all("\x00", "", literal=True)
    month = pl.col("period").str.replace("-", "", literal=True).cast(pl.Int32)
    stated = (pl.col("key").fill_null("") != "").alias("stated")
    numbers = pl.lit(file.id, dtype=pl.Int64).alias("file"), pl.lit(sign, dtype=pl.Int16).alias("sign")
    lines = table.with_columns(code, texts, month, stated, *numbers).select(DELTA.keys())
    months = lines.filter(pl.col("dimension") == Dimension.DSP.value).group_by("period", "file", "sign")
    sums = months.agg(pl.col("rows", "quantity", "revenue").sum())
    both = [_of_all(sums, Dimension.WHOLE, "all", ""), _of_all(sums, Dimension.FILE, file.uuid, file.filename)]
    return pl.concat([lines, *both])


def _of_all(sums: pl.DataFrame, dimension: Dimension, key: str, name: str) -> pl.DataFrame:
    code = pl.lit(dimension.value, dtype=pl.Int16).alias("dimension")
    said = {"key": key, "name": name, "artist": "", "isrc": "", "upc": ""}
    texts = [pl.lit(text.replace("\x00", "")).alias(column) for column, text in said.items()]
    return sums.with_columns(code, pl.lit(value=True).alias("stated"), *texts).select(DELTA.keys())
