"""The delta of several contributions (`contributions.DELTA`): a row for each key, and one for each of its periods.

Added up here and not in the database: fewer rows go there, and keys that many files share go once. Not with lazy
queries: for a small file planning them would take as long as running them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from oas.kernel.amounts import TotalsTooLarge
from oas.kernel.totals import has_exact_sums, magnitudes, overflow_as
from totals.models import ALL

_KEY: Final = ("dimension", "stated", "key")
_TEXTS: Final = ("name", "artist", "isrc", "upc")
_SUMS: Final = ("rows", "quantity", "revenue")
_COMES: Final = pl.col("sign") > 0
_GOES: Final = pl.col("sign") < 0

# What is copied into the database. The texts of a key are in its row of all periods alone; `comes` is there true when
# a file that is added names the key. `files`: those that are added, less those that are taken off.
COLUMNS: Final = ("comes", *_KEY, *_TEXTS, "period", "files", *_SUMS)


def changes_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The delta of `rows`, with `COLUMNS`; of several spellings of a text the first by the alphabet.

    Raises `TotalsTooLarge`.
    """
    with overflow_as(TotalsTooLarge()):
        return _changes_of(rows)


def _changes_of(rows: pl.DataFrame) -> pl.DataFrame:
    signed = rows.with_columns(*_texts(), *_sums())
    sums = [_files(rows).alias("files"), pl.col(_SUMS).sum()]
    keys = signed.group_by(_KEY).agg(_COMES.any().alias("comes"), pl.col(_TEXTS).min(), *sums, *magnitudes("revenue"))
    if not has_exact_sums(keys):
        raise TotalsTooLarge
    whole = keys.with_columns(pl.lit(ALL, dtype=pl.Int32).alias("period"))
    months = signed.group_by(*_KEY, "period").agg(sums)
    return pl.concat([whole, months], how="diagonal").select(COLUMNS)


def _texts() -> list[pl.Expr]:
    return [pl.when(_COMES & (pl.col(name) != "")).then(name).alias(name) for name in _TEXTS]


def _sums() -> list[pl.Expr]:
    return [pl.when(_GOES).then(-pl.col(name)).otherwise(name).alias(name) for name in _SUMS]


def _files(rows: pl.DataFrame) -> pl.Expr:
    """The number of files added less those taken off, each counted once, in however many rows it names a key."""
    if (rows["sign"] > 0).all():
        return pl.col("file").n_unique().cast(pl.Int64)
    come, go = (pl.col("file").filter(which).n_unique().cast(pl.Int64) for which in (_COMES, _GOES))
    return come - go
