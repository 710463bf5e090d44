"""Other engines read the lake as it is, and find periods in the names of folders.

They read copies of the objects under the same keys, because DuckDB's extension for S3 is not installed.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from glider.cleaning import job as cleaning_job
from glider.contract import SalesObject
from oas.kernel.storage import storage
from tests.glider.cleaning.test_job import cleaned, cleaning_message, folder, imported, importer_message
from tests.glider.driving import distrokid

CONTENT = distrokid(*(f"2025-0{n % 2 + 6}|Spotify|Song|QZAAA2500001||1|0.5" for n in range(90)))
EXPECTED = [("2025-06", 90, Decimal("50.625")), ("2025-07", 90, Decimal("50.625"))]  # at rates of 1.25 and 1


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Copies of the sales objects of two files, the second a large one, staged by period; returns their pattern."""
    small = _imported(folder(tmp_path, "small"), "1.25")
    monkeypatch.setattr(cleaning_job, "BY_PERIOD_FROM", 0)
    large = _imported(folder(tmp_path, "large"), "1")
    root = tmp_path / "lake"
    storage().fetch_all((part.key, root / part.key) for part in (*small, *large))
    return str(root / "organisation=*" / "sales" / "*" / "*.parquet")


def _imported(where: Path, rate: str) -> list[SalesObject]:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(where, "cleaning"))
    return imported(importer_message(message, result, rate), folder(where, "importer")).parts


def test_duckdb_reads_the_lake_as_it_is(lake: str) -> None:
    question = """
        select strftime(period, '%Y-%m'), count(*), sum(revenue)
        from read_parquet(?, hive_partitioning = false) group by 1 order by 1
    """
    assert duckdb.execute(question, [lake]).fetchall() == EXPECTED


def test_polars_reads_the_lake_as_it_is(lake: str) -> None:
    lines = pl.scan_parquet(lake, hive_partitioning=False)
    months = lines.group_by(pl.col("period").dt.strftime("%Y-%m")).agg(pl.len(), pl.col("revenue").sum())
    assert months.sort("period").collect().rows() == EXPECTED


def test_a_period_is_found_by_its_folder(lake: str) -> None:
    pattern = lake.replace("/sales/*/", "/sales/period=2025-06/")
    assert duckdb.execute("select count(*) from read_parquet(?)", [pattern]).fetchall() == [(90,)]


def test_folders_are_columns_to_duckdb(lake: str) -> None:
    question = """
        select organisation, period, count(*), sum(revenue)
        from read_parquet(?, hive_partitioning = true) where period = '2025-06' group by all
    """
    organisation, *figures = duckdb.execute(question, [lake]).fetchall()[0]
    assert organisation > 0
    assert tuple(figures) == EXPECTED[0]


def test_folders_are_columns_to_polars(lake: str) -> None:
    """The folder's period is a month, that of the lines a date: the schema has to name the type that is meant."""
    lines = pl.scan_parquet(lake, hive_schema={"organisation": pl.Int64, "period": pl.String})
    months = lines.group_by("organisation", "period").agg(pl.len(), pl.col("revenue").sum()).sort("period").collect()
    assert months.drop("organisation").rows() == EXPECTED
    assert months["organisation"].n_unique() == 1
