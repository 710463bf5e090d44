"""Totals and Parquet of cleaned lines, against sums made by hand with Decimal."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from glider.canonical.schema import IMPORTED
from glider.importer.totals import documents_of
from oas.kernel.documents import rows_of
from oas.kernel.totals import NOT_STATED, WHOLE_RELEASES
from tests.glider.driving import Driven, distrokid, drive

STORES = ("Spotify", "iTunes", "Deezer", "YouTube (Red)")


def random_lines(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    return [
        f"2025-0{rng.randint(5, 8)}|{rng.choice(STORES)}|Song {rng.randint(1, 40)}|QZAAA25{rng.randint(1, 40):05}||"
        f"{rng.randint(-3, 500)}|{Decimal(rng.randint(-(10**9), 10**12)).scaleb(-12):f}"
        for _ in range(count)
    ]


def sums(content: str, column: str) -> dict[str, Decimal]:
    """An independent sum: the csv module and Decimal."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(content), delimiter="\t"):
        found[row[column]] += Decimal(row["Earnings (USD)"])
    return dict(found)


def totals(driven: Driven, dimension: str, rate: str = "1") -> dict[str, Decimal]:
    return dict(driven.imported(rate)[0].totals[dimension].select("name", "revenue").iter_rows())


def test_totals_equal_an_independent_sum_to_the_last_digit(tmp_path: Path) -> None:
    content = distrokid(*random_lines(5000))
    driven = drive(content, tmp_path)
    _, result = driven.imported()
    assert result.total_local == sum(sums(content, "Sale Month").values())
    assert {part.period: part.net for part in result.parts} == sums(content, "Sale Month")
    tracks = driven.imported()[0].totals["track"]
    assert dict(tracks.select("isrc", "revenue").iter_rows()) == sums(content, "ISRC")
    assert all(check.tied for check in result.checks)


def test_revenue_is_net_times_the_exchange_rate_on_every_line(tmp_path: Path) -> None:
    driven = drive(distrokid("2025-07|Spotify|S|||1|0.333333333333", "2025-07|Spotify|S|||1|-0.1"), tmp_path)
    imported, result = driven.imported("0.9234")
    expected = Decimal("0.333333333333") * Decimal("0.9234") + Decimal("-0.1") * Decimal("0.9234")
    assert result.total_local == expected
    assert imported.whole.net == Decimal("0.233333333333")


def test_each_period_has_one_parquet_file_with_the_canonical_columns(tmp_path: Path) -> None:
    imported, _ = drive(distrokid(*random_lines(200)), tmp_path).imported()
    assert sorted(imported.files) == ["2025-05", "2025-06", "2025-07", "2025-08"]
    for period, path in imported.files.items():
        frame = pl.read_parquet(path)
        assert frame.schema == pl.Schema(IMPORTED)
        assert frame["period"].dt.strftime("%Y-%m").unique().to_list() == [period]
        assert str(pq.read_schema(path).field("net").type) == "decimal128(38, 18)"


def test_rejected_lines_are_in_no_total_and_in_no_parquet(tmp_path: Path) -> None:
    imported, result = drive(distrokid("2025-07|Spotify|S|||1|1", "2025-07|Spotify|S|||1|x"), tmp_path).imported()
    assert (result.total_rows, imported.whole.net) == (1, Decimal(1))
    assert sum(pl.read_parquet(path).height for path in imported.files.values()) == 1


def test_lines_that_name_nothing_are_totalled_under_a_name_that_says_so(tmp_path: Path) -> None:
    album = distrokid("2025-07|Spotify|Album|||1|2", "2025-07|Spotify|Song|||1|1").replace("\tSong\t", "\tAlbum\t", 1)
    driven = drive(album.replace("Artist A", "", 1), tmp_path)
    assert totals(driven, "artist") == {NOT_STATED: Decimal(2), "Artist A": Decimal(1)}
    assert totals(driven, "track") == {WHOLE_RELEASES: Decimal(2), "Song": Decimal(1)}
    assert driven.imported()[1].total_artists == 1


def test_songs_of_one_title_by_two_artists_are_two_tracks(tmp_path: Path) -> None:
    content = distrokid("2025-07|Spotify|Song|||1|1", "2025-07|Spotify|Song|||1|2").replace("Artist A", "Artist B", 1)
    imported, _ = drive(content, tmp_path).imported()
    rows = imported.totals["track"].select("name", "artist", "revenue").rows()
    assert rows == [("Song", "Artist A", Decimal(2)), ("Song", "Artist B", Decimal(1))]


def test_lists_come_by_revenue_then_name_a_hundred_first_and_then_by_the_thousand(tmp_path: Path) -> None:
    lines = [f"2025-07|Spotify|Song {n:05}|QZAAA25{n:05}||1|{n % 7}.5" for n in range(2500)]
    imported, _ = drive(distrokid(*lines), tmp_path).imported()
    chunks = list(map(rows_of, documents_of(imported.totals["track"], imported.whole.revenue)))
    rows = [row for chunk in chunks for row in chunk]
    assert [len(chunk) for chunk in chunks] == [100, 1000, 1000, 400]
    assert rows == sorted(rows, key=lambda row: (-Decimal(row["revenue"]), row["name"]))
    assert sum(Decimal(row["revenue"]) for row in rows) == imported.whole.revenue
    assert rows[0]["isrc"] == "QZAAA2500006"
    assert set(rows[0]) == {"name", "isrc", "artist", "revenue", "net", "gross", "quantity", "rows", "share"}


def test_a_row_lacks_what_it_has_not_though_others_of_its_list_have_it(tmp_path: Path) -> None:
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
