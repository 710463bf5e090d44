"""Other engines read the lake as it is: by their default reading of folders in Hive's style, with exact sums.

They read copies of the objects under the same keys, because DuckDB's extension for S3 is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from glider.canonical.schema import IMPORTED
from glider.cleaning import job as cleaning_job
from glider.contract import SalesObject
from oas.kernel.storage import storage
from tests.glider.cleaning.test_job import cleaned, cleaning_message, folder, imported, importer_message
from tests.glider.driving import distrokid

CONTENT = distrokid(*(f"2025-0{n % 2 + 6}|Spotify|Song|QZAAA2500001||1|0.5" for n in range(90)))
EXPECTED = [("2025-06", 90, Decimal("50.625")), ("2025-07", 90, Decimal("50.625"))]  # at rates of 1.25 and 1
Figures = list[tuple[str, int, Decimal]]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of the sales objects of two files, the second a large one, staged by period."""
    small = _imported(folder(tmp_path, "small"), "1.25")
    monkeypatch.setattr(cleaning_job, "BY_PERIOD_FROM", 0)
    large = _imported(folder(tmp_path, "large"), "1")
    root = tmp_path / "lake"
    storage().fetch_all((part.key, root / part.key) for part in (*small, *large))
    return root


def _imported(where: Path, rate: str) -> list[SalesObject]:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(where, "cleaning"))
    return imported(importer_message(message, result, rate), folder(where, "importer")).parts


def by_duckdb(lake: Path) -> Figures:
    question = "select month, count(*), sum(revenue) from read_parquet(?) group by 1 order by 1"
    return duckdb.execute(question, [f"{lake}/**/*.parquet"]).fetchall()


def by_polars(lake: Path) -> Figures:
    months = pl.scan_parquet(lake).group_by("month").agg(pl.len(), pl.col("revenue").sum())
    return months.sort("month").collect().rows()


def by_pyarrow(lake: Path) -> Figures:
    table = ds.dataset(lake, partitioning="hive").to_table(columns=["month", "revenue"])
    months = table.group_by("month").aggregate([([], "count_all"), ("revenue", "sum")]).sort_by("month")
    return [(row["month"], row["count_all"], row["revenue_sum"]) for row in months.to_pylist()]


def by_pandas(lake: Path) -> Figures:
    lines = pd.read_parquet(lake, dtype_backend="pyarrow")
    groups = lines.groupby(lines["month"].astype(str))["revenue"]
    return [(str(month), len(group), pc.sum(group.array.__arrow_array__()).as_py()) for month, group in groups]


ENGINES: dict[str, Callable[[Path], Figures]] = {
    "duckdb": by_duckdb,
    "polars": by_polars,
    "pyarrow": by_pyarrow,
    "pandas": by_pandas,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_reads_the_lake_by_its_folders_with_exact_sums(lake: Path, engine: str) -> None:
    assert ENGINES[engine](lake) == EXPECTED


def test_pandas_reads_amounts_as_exact_decimals_without_arrow_types_too(lake: Path) -> None:
    revenue = pd.read_parquet(lake)["revenue"]
    assert {type(amount) for amount in revenue} == {Decimal}
    assert sum(revenue, Decimal(0)) == Decimal("101.25")


def test_a_month_is_found_by_its_folder(lake: Path) -> None:
    pattern = f"{lake}/organisation=*/sales/month=2025-06/*.parquet"
    assert duckdb.execute("select count(*) from read_parquet(?)", [pattern]).fetchall() == [(90,)]


def test_folders_have_the_name_of_no_column_of_the_lines(lake: Path) -> None:
    path = next(lake.rglob("*.parquet"))
    folders = {part.partition("=")[0] for part in path.relative_to(lake).parts if "=" in part}
    assert folders == {"organisation", "month"}
    assert not folders & set(IMPORTED)


def test_the_month_of_a_folder_is_that_of_its_lines(lake: Path) -> None:
    lines = pl.scan_parquet(lake).select("month", pl.col("period").dt.strftime("%Y-%m")).unique().collect()
    assert sorted(lines.rows()) == [("2025-06", "2025-06"), ("2025-07", "2025-07")]
