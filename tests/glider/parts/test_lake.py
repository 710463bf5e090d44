"""The lake is readable as it is: other engines find the periods in the names of folders.

They read copies of the objects under the same keys: DuckDB's extension for S3 is not among what is installed.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from oas.storage import storage
from tests.glider.driving import distrokid
from tests.glider.parts.driving import work

CONTENT = distrokid(*(f"2025-0{n % 2 + 6}|Spotify|Song|QZAAA2500001||1|0.5" for n in range(90))).encode()
EXPECTED = [("2025-06", 45, Decimal("28.125")), ("2025-07", 45, Decimal("28.125"))]  # at a rate of 1.25


def lake(folder: Path) -> str:
    """Copies of the sale lines of a file that was imported in parts; returns the pattern that finds them."""
    outcome, _ = work(CONTENT, 3000)
    assert outcome.imported is not None
    assert len(outcome.imported.parts) > 2
    for part in outcome.imported.parts:
        path = folder / part.key
        path.parent.mkdir(parents=True, exist_ok=True)
        storage().fetch(part.key, path)
    return str(folder / "organisation=*" / "sales" / "*" / "*.parquet")


def test_duckdb_reads_the_lake_as_it_is(tmp_path: Path) -> None:
    question = """
        select strftime(period, '%Y-%m'), count(*), sum(revenue)
        from read_parquet(?, hive_partitioning = false) group by 1 order by 1
    """
    assert duckdb.execute(question, [lake(tmp_path)]).fetchall() == EXPECTED


def test_polars_reads_the_lake_as_it_is(tmp_path: Path) -> None:
    lines = pl.scan_parquet(lake(tmp_path), hive_partitioning=False)
    months = lines.group_by(pl.col("period").dt.strftime("%Y-%m")).agg(pl.len(), pl.col("revenue").sum())
    assert months.sort("period").collect().rows() == EXPECTED


def test_a_period_is_found_by_its_folder(tmp_path: Path) -> None:
    pattern = lake(tmp_path).replace("/sales/*/", "/sales/period=2025-06/")
    assert duckdb.execute("select count(*) from read_parquet(?)", [pattern]).fetchall() == [(45,)]


def test_folders_are_columns_to_duckdb(tmp_path: Path) -> None:
    question = """
        select organisation, period, count(*), sum(revenue)
        from read_parquet(?, hive_partitioning = true) where period = '2025-06' group by all
    """
    organisation, *figures = duckdb.execute(question, [lake(tmp_path)]).fetchall()[0]
    assert organisation > 0
    assert tuple(figures) == EXPECTED[0]


def test_folders_are_columns_to_polars(tmp_path: Path) -> None:
    """The folder's period is a month, that of the lines a date: it has to be told which is meant."""
    lines = pl.scan_parquet(lake(tmp_path), hive_schema={"organisation": pl.Int64, "period": pl.String})
    months = lines.group_by("organisation", "period").agg(pl.len(), pl.col("revenue").sum()).sort("period").collect()
    assert months.drop("organisation").rows() == EXPECTED
    assert months["organisation"].n_unique() == 1
