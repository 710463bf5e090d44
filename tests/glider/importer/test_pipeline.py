"""Totals and Parquet of cleaned lines, against sums by the csv module and Decimal."""

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


def test_lines_without_a_name_are_totalled_under_not_stated_or_whole_releases(tmp_path: Path) -> None:
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
