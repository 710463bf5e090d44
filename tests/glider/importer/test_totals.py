"""Totals of an import: by period, for the ledger, and as lists in documents, for the snapshot."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from glider.importer.totals import Totals, added_up, documents_of
from oas.kernel.documents import rows_of
from oas.kernel.totals import COLUMNS, DIMENSIONS, one_table, tables
from tests.glider.driving import Driven, distrokid, drive
from tests.glider.importer.test_pipeline import STORES, random_lines

COLUMN = {"artist": "Artist", "dsp": "Store", "territory": "Country of Sale", "track": "ISRC"}


def test_months_of_a_currency_of_large_numbers_add_up_exactly() -> None:
    """A month of 2,000 lines and a million dollars, in rupiah, has 29 digits."""
    month = Totals(rows=2000, quantity=2000, revenue=Decimal("16246912246.913578024691356799"))
    two = added_up([month, month])
    assert two.revenue == Decimal("32493824493.827156049382713598")
    assert two == Totals(rows=4000, quantity=4000, revenue=two.revenue)


def table_of(driven: Driven, rate: str = "1") -> pl.DataFrame:
    return pl.read_parquet(driven.imported(rate)[0].period_totals)


def rows_by_period(driven: Driven, dimension: str) -> list[dict[str, Any]]:
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


def test_the_table_has_the_columns_of_the_kernel(tmp_path: Path) -> None:
    table = table_of(drive(distrokid("2025-07|Spotify|S|QZAAA2500001|198000000946|1|1"), tmp_path))
    assert dict(table.schema) == COLUMNS
    assert sorted(table["dimension"].unique()) == sorted(DIMENSIONS)


def test_the_rows_of_a_month_add_up_to_its_sales_object_in_every_dimension(tmp_path: Path) -> None:
    driven = drive(distrokid(*random_lines(3000, seed=2)), tmp_path)
    imported, result = driven.imported("0.9234567")
    sums = pl.read_parquet(imported.period_totals).group_by("dimension", "period").agg(pl.col("rows", "revenue").sum())
    objects = {each.period: (each.rows, each.revenue) for each in result.parts}
    assert {(row["dimension"], row["period"]): (row["rows"], row["revenue"]) for row in sums.to_dicts()} == {
        (dimension, period): figures for dimension in DIMENSIONS for period, figures in objects.items()
    }


def test_totalling_the_parquet_again_gives_the_same_table(tmp_path: Path) -> None:
    imported, _ = drive(distrokid(*random_lines(3000, seed=3)), tmp_path).imported("1.1")
    again = one_table(tables(pl.scan_parquet(list(imported.files.values()))))
    assert again.equals(pl.read_parquet(imported.period_totals))


def test_the_key_of_a_track_is_its_code_or_else_artist_and_title(tmp_path: Path) -> None:
    driven = drive(distrokid("2025-07|Spotify|S|QZAAA2500001|198000000946|1|1", "2025-07|Spotify|T|||1|2"), tmp_path)
    sums = {"rows": 1, "quantity": 1, "gross": Decimal(0), "period": "2025-07", "dimension": "track"}
    assert rows_by_period(driven, "track") == [
        {**sums, "key": "Artist A\x1fT", "name": "T", "artist": "Artist A", "net": Decimal(2), "revenue": Decimal(2)},
        {
            **sums, "key": "QZAAA2500001", "name": "S", "isrc": "QZAAA2500001", "artist": "Artist A",
            "net": Decimal(1), "revenue": Decimal(1),
        },
    ]  # fmt: skip


def test_lines_without_a_name_have_neither_key_nor_name(tmp_path: Path) -> None:
    content = distrokid("2025-07|Spotify|Album|||1|2").replace("\tSong\t", "\tAlbum\t", 1).replace("Artist A", "", 1)
    driven = drive(content, tmp_path)
    for dimension in ("artist", "track"):
        (row,) = rows_by_period(driven, dimension)
        assert {"key", "name", "isrc", "artist"} & set(row) == set()
        assert row["revenue"] == 2


def test_a_title_in_two_spellings_over_two_months_is_shown_in_one(tmp_path: Path) -> None:
    lines = ("2025-06|Spotify|night bus|QZAAA2500001||1|1", "2025-07|Spotify|Night Bus|QZAAA2500001||1|2")
    imported, _ = drive(distrokid(*lines), tmp_path).imported()
    assert imported.totals["track"].select("name", "revenue").rows() == [("Night Bus", Decimal(3))]


# --- documents ---


def test_lists_are_sorted_by_revenue_then_name_in_documents_of_a_hundred_and_then_a_thousand_rows(
    tmp_path: Path,
) -> None:
    lines = [f"2025-07|Spotify|Song {n:05}|QZAAA25{n:05}||1|{n % 7}.5" for n in range(2500)]
    imported, _ = drive(distrokid(*lines), tmp_path).imported()
    chunks = list(map(rows_of, documents_of(imported.totals["track"], imported.whole.revenue)))
    rows = [row for chunk in chunks for row in chunk]
    assert [len(chunk) for chunk in chunks] == [100, 1000, 1000, 400]
    assert rows == sorted(rows, key=lambda row: (-Decimal(row["revenue"]), row["name"]))
    assert sum(Decimal(row["revenue"]) for row in rows) == imported.whole.revenue
    assert rows[0]["isrc"] == "QZAAA2500006"
    assert set(rows[0]) == {"name", "isrc", "artist", "revenue", "net", "gross", "quantity", "rows", "share"}


def test_a_row_lacks_its_missing_cells_even_if_other_rows_of_the_list_have_them(tmp_path: Path) -> None:
    lines = ["2025-07|Spotify|Song One|QZAAA2500001||1|2", "2025-07|Spotify|Song Two|||1|1"]
    imported, _ = drive(distrokid(*lines), tmp_path).imported()
    for by_column in (False, True):
        (found,) = documents_of(imported.totals["track"], imported.whole.revenue, by_column=by_column)
        assert [("isrc" in row, "upc" in row) for row in rows_of(found)] == [(True, False), (False, False)]


def test_shares_are_shown_to_six_places_and_a_total_of_nothing_has_none(tmp_path: Path) -> None:
    thirds = drive(distrokid(*[f"2025-07|{store}|S|||1|1" for store in STORES[:3]]), tmp_path / "a").imported()[0]
    nothing = drive(distrokid("2025-07|Spotify|S|||1|0"), tmp_path / "b").imported()[0]
    found = documents_of(thirds.totals["dsp"], thirds.whole.revenue)
    shares = [row["share"] for document in found for row in rows_of(document)]
    assert shares == ["0.333333"] * 3
    assert rows_of(next(documents_of(nothing.totals["dsp"], nothing.whole.revenue)))[0]["share"] == "0"
