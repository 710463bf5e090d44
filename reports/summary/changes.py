"""What the contributions of files (`contributions.DELTA`) come to: the keys they name, and a change of each key's sums.

Added up here and not in the database: fewer lines go there, and what many files share goes once. Not as lazy queries:
for a small file planning them would take as long as doing them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from reports.summary.models import ALL

_KEY: Final = ("dimension", "stated", "key")
_TEXTS: Final = ("name", "artist", "isrc", "upc")
_SUMS: Final = ("rows", "quantity", "revenue")
_CHANGED: Final = ("period", "files", *_SUMS)


def changes_of(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keys, one a line: `n`, their number here, `comes` (False: it is only taken away from), dimension, stated, key,
    name, artist, isrc, upc. Of several spellings the first by the alphabet.

    And by key and period, and by key over all periods: `n`, period, `files` that come less those that go, and what
    rows, quantity and revenue change by; no line where nothing does. Raises ComputeError where an amount has too many
    digits.
    """
    signed = _signed(rows)
    keys = signed.group_by(_KEY).agg(pl.col("comes").any(), pl.col(_TEXTS).min()).with_row_index("n")
    numbered = signed.join(keys.select("n", *_KEY), on=_KEY).drop(*_KEY, *_TEXTS)
    return keys.select("n", "comes", *_KEY, *_TEXTS), _sums_of(numbered)


def _signed(rows: pl.DataFrame) -> pl.DataFrame:
    comes, goes = pl.col("sign") > 0, pl.col("sign") < 0
    texts = [pl.when(comes & (pl.col(name) != "")).then(name).alias(name) for name in _TEXTS]
    sums = [pl.when(goes).then(-pl.col(name)).otherwise(name).alias(name) for name in _SUMS]
    return rows.with_columns(comes.alias("comes"), goes.alias("goes"), *texts, *sums)


def _sums_of(lines: pl.DataFrame) -> pl.DataFrame:
    """A file is one file, in however many lines and periods it names a key."""
    what = [pl.col("comes", "goes").any(), pl.col(_SUMS).sum()]
    months = lines.group_by("n", "period", "file").agg(what)
    whole = months.group_by("n", "file").agg(what).with_columns(pl.lit(ALL, dtype=pl.Int32).alias("period"))
    files = (pl.col("comes").cast(pl.Int64) - pl.col("goes").cast(pl.Int64)).sum().alias("files")
    each = [table.group_by("n", "period").agg(files, pl.col(_SUMS).sum()) for table in (months, whole)]
    return pl.concat(each).filter(pl.any_horizontal(pl.col("files", *_SUMS) != 0)).select("n", *_CHANGED)
