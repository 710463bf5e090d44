"""The totals by period that an import leaves for the summary over all files."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from oas.kernel.totals import COLUMNS, DIMENSIONS, one_table, tables
from tests.glider.driving import Driven, distrokid, drive
from tests.glider.importer.test_pipeline import random_lines

COLUMN = {"artist": "Artist", "dsp": "Store", "territory": "Country of Sale", "track": "ISRC"}


def table_of(driven: Driven, rate: str = "1") -> pl.DataFrame:
    return pl.read_parquet(driven.imported(rate)[0].period_totals)


def rows_of(driven: Driven, dimension: str) -> list[dict[str, Any]]:
    table = table_of(driven).filter(pl.col("dimension") == dimension)
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_dicts()]


def independent(content: str, column: str) -> dict[tuple[str, str], tuple[int, int, Decimal]]:
    """(month, value) → lines, quantity, earnings: the csv module and Decimal."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for row in csv.DictReader(io.StringIO(content), delimiter="\t"):
        sums = found[row["Sale Month"], row[column]]
        sums[0] += 1
        sums[1] += int(row["Quantity"])
        sums[2] += Decimal(row["Earnings (USD)"])
    return {key: tuple(sums) for key, sums in found.items()}


def test_every_dimension_of_every_month_equals_an_independent_sum(tmp_path: Path) -> None:
    content = distrokid(*random_lines(4000))
    table = table_of(drive(content, tmp_path))
    for dimension, column in COLUMN.items():
        rows = table.filter(pl.col("dimension") == dimension)
        found = {(row["period"], row["key"]): (row["rows"], row["quantity"], row["net"]) for row in rows.to_dicts()}
        expected = independent(content, column)
        if dimension == "dsp":  # a store's name is not always what the file calls it
            assert sorted(found.values()) == sorted(expected.values())
        else:
            assert found == expected


def test_the_table_has_the_columns_that_were_agreed(tmp_path: Path) -> None:
    table = table_of(drive(distrokid("2025-07|Spotify|S|QZAAA2500001|198000000946|1|1"), tmp_path))
    assert dict(table.schema) == COLUMNS
    assert sorted(table["dimension"].unique()) == sorted(DIMENSIONS)


def test_the_rows_of_a_month_add_up_to_its_part_in_every_dimension(tmp_path: Path) -> None:
    driven = drive(distrokid(*random_lines(3000, seed=2)), tmp_path)
    imported, result = driven.imported("0.9234567")
    sums = pl.read_parquet(imported.period_totals).group_by("dimension", "period").agg(pl.col("rows", "revenue").sum())
    parts = {part.period: (part.rows, part.revenue) for part in result.parts}
    assert {(row["dimension"], row["period"]): (row["rows"], row["revenue"]) for row in sums.to_dicts()} == {
        (dimension, period): figures for dimension in DIMENSIONS for period, figures in parts.items()
    }


def test_totalling_the_parquet_again_gives_the_same_table(tmp_path: Path) -> None:
    imported, _ = drive(distrokid(*random_lines(3000, seed=3)), tmp_path).imported("1.1")
    again = one_table(tables(pl.scan_parquet(list(imported.files.values()))))
    assert again.equals(pl.read_parquet(imported.period_totals))


def test_a_code_is_the_key_where_there_is_one_and_artist_and_title_where_not(tmp_path: Path) -> None:
    driven = drive(distrokid("2025-07|Spotify|S|QZAAA2500001|198000000946|1|1", "2025-07|Spotify|T|||1|2"), tmp_path)
    sums = {"rows": 1, "quantity": 1, "gross": Decimal(0), "period": "2025-07", "dimension": "track"}
    assert rows_of(driven, "track") == [
        {**sums, "key": "Artist A\x1fT", "name": "T", "artist": "Artist A", "net": Decimal(2), "revenue": Decimal(2)},
        {
            **sums, "key": "QZAAA2500001", "name": "S", "isrc": "QZAAA2500001", "artist": "Artist A",
            "net": Decimal(1), "revenue": Decimal(1),
        },
    ]  # fmt: skip


def test_lines_that_name_nothing_have_neither_key_nor_name(tmp_path: Path) -> None:
    content = distrokid("2025-07|Spotify|Album|||1|2").replace("\tSong\t", "\tAlbum\t", 1).replace("Artist A", "", 1)
    driven = drive(content, tmp_path)
    for dimension in ("artist", "track"):
        (row,) = rows_of(driven, dimension)
        assert {"key", "name", "isrc", "artist"} & set(row) == set()
        assert row["revenue"] == 2


def test_a_title_in_two_spellings_over_two_months_is_shown_in_one(tmp_path: Path) -> None:
    lines = ("2025-06|Spotify|night bus|QZAAA2500001||1|1", "2025-07|Spotify|Night Bus|QZAAA2500001||1|2")
    imported, _ = drive(distrokid(*lines), tmp_path).imported()
    assert imported.totals["track"].select("name", "revenue").rows() == [("Night Bus", Decimal(3))]
