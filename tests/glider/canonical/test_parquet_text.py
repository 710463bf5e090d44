"""Text columns of Parquet files, as strings for other engines and as interned texts for Glider."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from glider.canonical.interning import interned, text_kind
from glider.canonical.parquet_text import as_interned, as_strings


def interned_column(*cells: str | None) -> pl.LazyFrame:
    return pl.LazyFrame({"cell": cells}, schema={"cell": pl.String}).select(interned(pl.col("cell")))


def test_every_engine_reads_texts_as_strings(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    interned_column("a", None, "b", "a").sink_parquet(path)
    assert pl.read_parquet_schema(path) == {"cell": text_kind()}
    as_strings(path)
    assert pl.read_parquet(path).equals(pl.DataFrame({"cell": ["a", None, "b", "a"]}))


def test_a_file_that_is_not_parquet_of_polars_is_left_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    path.write_bytes(b"ARROW:schema and more\x00\x00\x00\x00nope")
    with pytest.raises(ValueError, match="no Parquet file"):
        as_strings(path)
    assert path.read_bytes().startswith(b"ARROW:schema")


def test_interned_texts_come_back_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    interned_column("a", None, "b", "a").sink_parquet(path)
    before = path.read_bytes()
    as_strings(path)
    assert duckdb.execute("select cell from read_parquet(?)", [str(path)]).fetchall() == [
        ("a",),
        (None,),
        ("b",),
        ("a",),
    ]
    as_interned(path)
    assert path.read_bytes() == before


def test_as_interned_refuses_a_file_to_which_as_strings_was_not_applied(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    interned_column("a").sink_parquet(path)
    with pytest.raises(ValueError, match=r"texts\.parquet: no Parquet file that Polars wrote"):
        as_interned(path)
