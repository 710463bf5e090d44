"""Published copies as tests read them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from oas.kernel.storage import storage


def read(key: str, folder: Path) -> pl.DataFrame:
    path = folder / "copy.parquet"
    storage().fetch(key, path)
    return pl.read_parquet(path)
