"""The lines of a file between cleaning and importing, as they lie on a disk and in S3.

Most files: one Parquet of every line with its reason (null: accepted). A large file: a folder, with a Parquet for each
period of the accepted lines, complete with revenue as the lake has them, so that they need not be written again; and
one for each reason of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.expressions import Kind
from glider.canonical.interning import stored_kind
from glider.canonical.schema import CLEANED, REASON

FROM: Final = 250_000  # lines that are kept by period; below, a second object costs more than a second writing
FEW: Final = 5_000  # lines for which setting up a stream costs more than the work in it
TOGETHER: Final = 100_000  # a row group: the importer holds some of them at a time, all columns of each
_MONTH: Final = "month"
_NONE: Final = "__HIVE_DEFAULT_PARTITION__"
_FOLDERS: Final = {_MONTH: pl.Date, REASON: pl.String}


def write_lines(lines: pl.LazyFrame, target: Path) -> None:
    """`lines`: `CLEANED` and reason, here and below."""
    lines.sink_parquet(target, compression="lz4", engine="streaming", row_group_size=TOGETHER)


def write_few(lines: pl.LazyFrame, target: Path) -> None:
    """Like `write_lines`, of lines that are all held in memory."""
    lines.collect(engine="in-memory").write_parquet(target, compression="lz4")


def write_by_period(lines: pl.LazyFrame, folder: Path) -> None:
    """In one pass. Revenue is net: lines of a currency with another rate are written anew by whoever knows the rate."""
    folder.mkdir()  # there may be no line at all
    month = pl.when(pl.col(REASON).is_null()).then("period").alias(_MONTH)
    scheme = pl.PartitionBy(folder, key=[month, pl.col(REASON)], include_key=False, approximate_bytes_per_file=None)
    lines.with_columns(revenue=pl.col("net")).sink_parquet(
        scheme, compression="zstd", compression_level=1, engine="streaming", row_group_size=TOGETHER, mkdir=True
    )


def scan_lines(lines: Path) -> pl.LazyFrame:
    """Every line with its reason; those of a folder not in the order of the file."""
    if not lines.is_dir():
        return pl.scan_parquet(lines)
    if not any(lines.iterdir()):
        return _nothing({**CLEANED, REASON: pl.String})
    return pl.scan_parquet(lines, hive_partitioning=True, hive_schema=_FOLDERS).select(*CLEANED, REASON)


def scan_accepted(lines: Path) -> pl.LazyFrame:
    """`CLEANED` of the accepted lines; a folder may hold no others."""
    if not lines.is_dir():
        return pl.scan_parquet(lines).filter(pl.col(REASON).is_null()).drop(REASON)
    paths = list(periods_of(lines).values())
    return pl.scan_parquet(paths, hive_partitioning=False).select(*CLEANED) if paths else _nothing(CLEANED)


def _nothing(columns: Mapping[str, Kind]) -> pl.LazyFrame:
    return pl.LazyFrame(schema={name: stored_kind(kind) for name, kind in columns.items()})


def periods_of(folder: Path) -> dict[str, Path]:
    """Period (YYYY-MM) → the Parquet of its accepted lines."""
    paths = sorted(folder.glob(f"{_MONTH}=*/{REASON}={_NONE}/*.parquet"))
    return {path.parent.parent.name[len(_MONTH) + 1 :][: len("YYYY-MM")]: path for path in paths}


def path_of(folder: Path, period: str) -> Path:
    """Where `periods_of` looks for it."""
    return folder / f"{_MONTH}={period}-01" / f"{REASON}={_NONE}" / "lines.parquet"
