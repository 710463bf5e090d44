"""Rows of a file become canonical sale lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.glider.driving import distrokid, drive, settings
from tests.glider.independent import SAMPLES


def test_a_line_becomes_a_canonical_sale_line(tmp_path: Path) -> None:
    line = drive(distrokid("2025-07|iTunes Match|Song One|qz-aaa-25-00001|36000291452|-1|-.69"), tmp_path).lines.row(
        0, named=True
    )
    assert line == {
        "source_row": 2,
        "source_part": "",
        "period": date(2025, 7, 1),
        "statement_period": date(2025, 9, 1),
        "dsp": "iTunes",
        "store": "iTunes Match",
        "territory": "US",
        "artist": "Artist A",
        "release": None,
        "track": "Song One",
        "isrc": "QZAAA2500001",
        "upc": "036000291452",
        "catalogue_number": None,
        "label": None,
        "usage": "stream",
        "monetisation": "subscription",
        "level": "track",
        "quantity": -1,
        "currency": "USD",
        "gross": None,
        "net": Decimal("-0.690000000000000000"),
        "reason": None,
    }


def test_a_line_of_a_release_has_no_track(tmp_path: Path) -> None:
    content = distrokid("2025-07|iTunes|Album One||036000291452|1|7.00").replace("\tSong\t", "\tAlbum\t")
    line = drive(content, tmp_path).lines
    assert line.select("level", "track", "release").row(0) == ("release", None, "Album One")


def test_a_record_shop_is_a_store_and_no_service(tmp_path: Path) -> None:
    sample = SAMPLES / "sd_physical" / "sd_physical.csv"
    how = replace(settings(), account_currency="USD")
    lines = drive(sample.read_bytes().replace(b"1,Record Shop", b"1,Amazon", 1), tmp_path, how).accepted
    assert lines["store"].to_list() == ["Amazon", *["Record Shop"] * 4]
    assert lines["dsp"].to_list() == ["Amazon Music", None, None, None, None]
