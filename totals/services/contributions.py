"""The contribution of one sales file to the ledger: its totals by period, as its importer job wrote them."""

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

# A row per dimension, period and key of a file. `sign` is 1 for what is added, -1 for what is taken off.
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
    """A sales file as the ledger knows it; its own row is shown as `filename`, and counted with its `batch` as well."""

    id: int
    uuid: str
    filename: str
    organisation: int
    batch: int | None


@dataclass(frozen=True)
class Reporting:
    """The source (layout) of a file, and the months for which it reports (202503)."""

    source: str = ""
    months: tuple[int, ...] = ()


def reporting_of(job: Job) -> Reporting:
    """The source and months of the file that the importer `job` was for.

    Its statement periods, from the user or else from its lines; without any, the periods of its sales.
    """
    message = ImporterMessage.model_validate(job.message)
    given = message.file.reporting_period
    months = [given] if given else message.cleaning.statement_periods or message.cleaning.periods
    return Reporting(source=message.cleaning.layout[:64], months=tuple(sorted(month_number(each) for each in months)))


def totals_of_job(job: Job) -> pl.DataFrame:
    """The totals by period (`oas.kernel.totals.COLUMNS`) of the importer `job`. Raises StorageError.

    Added up again from its sales objects when the object with the totals is lost, or does not fit the result.
    """
    result = ImporterResult.model_validate(job.result)
    found = stored_totals(result)
    if found is not None and _fits(found, result.total_local):
        return found
    log.warning("totals_added_up_again", job=str(job.pk))
    return one_table(tables_of_objects(part.key for part in result.parts))


def stored_totals(result: ImporterResult) -> pl.DataFrame | None:
    """The totals that the importer wrote; None when there is no object that can be read. Raises StorageError."""
    if not result.totals_key:
        return None
    try:
        return pl.read_parquet(io.BytesIO(storage().get_bytes(result.totals_key)))
    except (ObjectAbsent, pl.exceptions.PolarsError):
        return None


def _fits(table: pl.DataFrame, total: Decimal) -> bool:
    """Whether each dimension of `table` adds up to `total`, the revenue of the file."""
    if dict(table.schema) != COLUMNS:
        return False
    sums = table.lazy().group_by("dimension").agg(pl.col("revenue").sum()).collect()
    return sums.height == (len(DIMENSIONS) if total else sums.height) and all(each == total for each in sums["revenue"])


def tables_of_objects(keys: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Dimension → totals by period, added up from the sales objects at `keys`.

    Raises StorageError, `ObjectAbsent` for an object that is lost.
    """
    with workspace(config().work_dir) as folder:
        paths: list[Path] = []
        for n, key in enumerate(keys):
            paths.append(folder / f"{n}.parquet")
            storage().fetch(key, paths[-1])
        return tables(pl.scan_parquet(paths)) if paths else {}


def delta(table: pl.DataFrame, file: LedgerFile, *, sign: int) -> pl.DataFrame:
    """Totals by period → rows of `DELTA`, and further ones for the whole and for the file itself."""
    code = pl.col("dimension").replace_strict(CODES, return_dtype=pl.Int16)
    texts = pl.col("key", "name", "artist", "isrc", "upc").fill_null("").str.replace_all("\x00", "", literal=True)
    month = pl.col("period").str.replace("-", "", literal=True).cast(pl.Int32)
    stated = (pl.col("key").fill_null("") != "").alias("stated")
    numbers = pl.lit(file.id, dtype=pl.Int64).alias("file"), pl.lit(sign, dtype=pl.Int16).alias("sign")
    lines = table.with_columns(code, texts, month, stated, *numbers).select(DELTA.keys())
    # Every line is in the dimension DSP once, also a line that names none: its rows add up to the whole.
    months = lines.filter(pl.col("dimension") == Dimension.DSP.value).group_by("period", "file", "sign")
    sums = months.agg(pl.col("rows", "quantity", "revenue").sum())
    both = [_of_all(sums, Dimension.WHOLE, "all", ""), _of_all(sums, Dimension.FILE, file.uuid, file.filename)]
    return pl.concat([lines, *both])


def _of_all(sums: pl.DataFrame, dimension: Dimension, key: str, name: str) -> pl.DataFrame:
    code = pl.lit(dimension.value, dtype=pl.Int16).alias("dimension")
    texts_of_key = {"key": key, "name": name, "artist": "", "isrc": "", "upc": ""}
    texts = [pl.lit(text.replace("\x00", "")).alias(column) for column, text in texts_of_key.items()]
    return sums.with_columns(code, pl.lit(value=True).alias("stated"), *texts).select(DELTA.keys())
