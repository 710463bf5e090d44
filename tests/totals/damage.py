"""Things that must not happen, done on purpose."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl

from oas.kernel.storage import storage
from oas.kernel.totals import COLUMNS


def doubled(totals_key: str) -> None:
    """The object says twice as much as it should."""
    table = pl.read_parquet(io.BytesIO(storage().get_bytes(totals_key)))
    with NamedTemporaryFile(suffix=".parquet") as file:
        pl.concat([table, table]).write_parquet(file.name)
        storage().upload(Path(file.name), totals_key)


def scrambled(totals_key: str) -> None:
    """The object is no Parquet any more."""
    with NamedTemporaryFile() as file:
        file.write(b"PAR1 no longer")
        file.flush()
        storage().upload(Path(file.name), totals_key)


def emptied(totals_key: str) -> None:
    """The object has no row."""
    with NamedTemporaryFile(suffix=".parquet") as file:
        pl.DataFrame(schema=COLUMNS).write_parquet(file.name)
        storage().upload(Path(file.name), totals_key)
