"""Staged lines: the lines of a sales file between cleaning and importing, on disk and in S3.

Most files have one Parquet file of all lines, each with its reason (null: accepted). A large file has a folder instead:
one Parquet file for each period of the accepted lines, and one for each reason of the others. Those of the periods have
revenue and are as the lake has them, so that the importer copies them instead of writing them a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from glider.canonical.expressions import Kind
from glider.canonical.interning import stored_kind
from glider.canonical.schema import CLEANED, REASON

# Numbers of lines. With fewer than `BY_PERIOD_FROM`, one more object in S3 costs more than writing them twice. Up to
# `FEW_LINES`, setting up a stream costs more than the work in it. Row groups are small because the importer holds some
# of them at a time, with all their columns (measured: docs/speed.md).
BY_PERIOD_FROM: Final = 250_000
FEW_LINES: Final = 5_000
ROW_GROUP: Final = 100_000
_MONTH: Final = "month"
_NONE: Final = "__HIVE_DEFAULT_PARTITION__"
_FOLDERS: Final = {_MONTH: pl.Date, REASON: pl.String}


def write_lines(lines: pl.LazyFrame, target: Path) -> None:
    """Stream `lines` (`CLEANED` and reason) to one Parquet file at `target`."""
    lines.sink_parquet(target, compression="lz4", engine="streaming", row_group_size=ROW_GROUP)


def write_few(lines: pl.LazyFrame, target: Path) -> None:
    """Like `write_lines`, but hold all lines in memory."""
    lines.collect(engine="in-memory").write_parquet(target, compression="lz4")


def write_by_period(lines: pl.LazyFrame, folder: Path) -> None:
    """Write `lines` (`CLEANED` and reason) to `folder`, which must not exist, by period or reason in one pass.

    Revenue is net here, as no exchange rate is known. Where a rate is not 1, the importer writes the lines again.
    """
    folder.mkdir()  # the writer makes no folder when there is no line at all
    month = pl.when(pl.col(REASON).is_null()).then("period").alias(_MONTH)
    scheme = pl.PartitionBy(folder, key=[month, pl.col(REASON)], include_key=False, approximate_bytes_per_file=None)
    lines.with_columns(revenue=pl.col("net")).sink_parquet(
        scheme, compression="zstd", compression_level=1, engine="streaming", row_group_size=ROW_GROUP, mkdir=True
    )


def scan_lines(lines: Path) -> pl.LazyFrame:
    """Every line of the file or folder `lines` with its reason; a folder does not keep the order of the source."""
    if not lines.is_dir():
        return pl.scan_parquet(lines)
    # Polars refuses to scan a folder without files.
    if not any(lines.iterdir()):
        return _no_lines({**CLEANED, REASON: pl.String})
    return pl.scan_parquet(lines, hive_partitioning=True, hive_schema=_FOLDERS).select(*CLEANED, REASON)


def scan_accepted(lines: Path) -> pl.LazyFrame:
    """`CLEANED` of the accepted lines; a folder need not have the files of other lines."""
    if not lines.is_dir():
        return pl.scan_parquet(lines).filter(pl.col(REASON).is_null()).drop(REASON)
    paths = list(periods_of(lines).values())
    return pl.scan_parquet(paths, hive_partitioning=False).select(*CLEANED) if paths else _no_lines(CLEANED)


def has_values(lines: Path, columns: Sequence[str]) -> int:
    """How many of `columns` have a value in every line of the file or folder `lines`, as the footers of Parquet say."""
    paths = sorted(lines.rglob("*.parquet")) if lines.is_dir() else [lines]
    footers = [pq.read_metadata(path) for path in paths]
    return sum(all(_nulls(footer, name) == 0 for footer in footers) for name in columns) if footers else 0


def _nulls(footer: pq.FileMetaData, name: str) -> int | None:
    """How many nulls the column `name` has; None where a row group does not say."""
    place = footer.schema.names.index(name)
    stated = [footer.row_group(group).column(place).statistics for group in range(footer.num_row_groups)]
    counts = [each.null_count if each is not None and each.has_null_count else None for each in stated]
    return None if None in counts else sum(count or 0 for count in counts)


def _no_lines(columns: Mapping[str, Kind]) -> pl.LazyFrame:
    return pl.LazyFrame(schema={name: stored_kind(kind) for name, kind in columns.items()})


def parts_of(lines: Path) -> list[tuple[Path, str | None]]:
    """The Parquet files that have lines with a reason, each in the order of the source.

    With each comes the reason of all of its lines, or None where it is in a column of the file.
    """
    if not lines.is_dir():
        return [(lines, None)]
    found = sorted(path for path in lines.rglob("*.parquet") if path.parent.name != f"{REASON}={_NONE}")
    return [(path, path.parent.name.removeprefix(f"{REASON}=")) for path in found]


def periods_of(folder: Path) -> dict[str, Path]:
    """Period (YYYY-MM) → the Parquet file of its accepted lines in `folder`."""
    paths = sorted(folder.glob(f"{_MONTH}=*/{REASON}={_NONE}/*.parquet"))
    return {path.parent.parent.name[len(_MONTH) + 1 :][: len("YYYY-MM")]: path for path in paths}


def path_of(folder: Path, period: str) -> Path:
    """The path in `folder` under which `periods_of` finds a Parquet file that is to be the one of `period`."""
    return folder / f"{_MONTH}={period}-01" / f"{REASON}={_NONE}" / "lines.parquet"
