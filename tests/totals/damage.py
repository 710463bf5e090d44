"""Damage to the object with the totals of a file."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl

from oas.kernel.storage import storage
from oas.kernel.totals import COLUMNS


def doubled(totals_key: str) -> None:
    """Double every sum in the object."""
    table = pl.read_parquet(io.BytesIO(storage().get_bytes(totals_key)))
    with NamedTemporaryFile(suffix=".parquet") as file:
        pl.concat([table, table]).write_parquet(file.name)
        storage().upload(Path(file.name), totals_key)


def scrambled(totals_key: str) -> None:
    """Replace the object by one that is no Parquet."""
    with NamedTemporaryFile() as file:
        file.write(b"PAR1 no longer")
        file.flush()
        storage().upload(Path(file.name), totals_key)


def emptied(totals_key: str) -> None:
    """Leave the object without a row."""
    with NamedTemporaryFile(suffix=".parquet") as file:
        pl.DataFrame(schema=COLUMNS).write_parquet(file.name)
        storage().upload(Path(file.name), totals_key)
