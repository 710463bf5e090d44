"""The items of a catalogue, and the lookup tables that lead to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glider.reporting.catalogue import Catalogue, read_catalogue
from tests.glider.reporting.driving import CATALOGUE, release, track

GTIN, OTHER_GTIN = "00123456789012", "00555555555555"
ALBUM: dict[str, Any] = {"release_id": 7, "release_title": "Lines", "upc": GTIN, "catalogue_number": "AL01"}
SINGLE: dict[str, Any] = {"release_id": 8, "release_title": "Single", "upc": OTHER_GTIN}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Track 1 is on both releases, track 2 on the album only, track 3 on none."""
    rows = [
        track(1, "DEA120000001", "Song One", **ALBUM),
        track(1, "DEA120000001", "Song One", **SINGLE),
        track(2, "DEA120000002", "Song Two", **ALBUM),
        track(3, None, "Song Three"),
        release(7, GTIN, catalogue_number="AL01"),
        release(8, OTHER_GTIN, "Single"),
    ]
    kinds = {name: pl.Int64 if name.endswith("_id") else pl.String for name in CATALOGUE}
    pl.DataFrame(rows, schema=kinds).write_parquet(tmp_path / "catalogue.parquet")
    aliases = [
        ("isrc", "DEA129999999", 2, None),
        ("upc", "00999999999999", None, 8),
        ("isrc", "DEA128888888", 99, None),
    ]
    schema = {"kind": pl.String, "key": pl.String, "track_id": pl.Int64, "release_id": pl.Int64}
    pl.DataFrame(aliases, schema=schema, orient="row").write_parquet(tmp_path / "aliases.parquet")
    return read_catalogue(tmp_path / "catalogue.parquet", tmp_path / "aliases.parquet")


def named(catalogue: Catalogue, item: int) -> tuple[str | None, str | None]:
    """The track and the release of an item."""
    return catalogue.items.row(item, named=True)["track"], catalogue.items.row(item, named=True)["release"]


def test_a_track_on_several_releases_has_an_item_on_each_and_one_without(catalogue: Catalogue) -> None:
    assert catalogue.items.select("item", "track", "release").rows() == [
        (0, "Song One", "Lines"),
        (1, "Song One", "Single"),
        (2, "Song One", None),
        (3, "Song Three", None),
        (4, "Song Two", "Lines"),
        (5, None, "Lines"),
        (6, None, "Single"),
    ]


def test_an_isrc_leads_to_the_item_without_a_release_unless_there_is_only_one(catalogue: Catalogue) -> None:
    found = {isrc: named(catalogue, item) for isrc, item in catalogue.by_isrc.select("isrc", "item").iter_rows()}
    assert found == {"DEA120000001": ("Song One", None), "DEA120000002": ("Song Two", "Lines")}


def test_a_upc_leads_to_a_release_and_from_a_track_to_its_item_on_that_release(catalogue: Catalogue) -> None:
    found = {gtin: named(catalogue, item) for gtin, item in catalogue.by_upc.select("gtin", "item").iter_rows()}
    assert found == {GTIN: (None, "Lines"), OTHER_GTIN: (None, "Single")}
    placed = {(item, gtin): placed for item, gtin, placed in catalogue.on_release.iter_rows()}
    assert placed == {(2, GTIN): 0, (2, OTHER_GTIN): 1}


def test_only_aliases_of_what_is_in_the_catalogue_are_left(catalogue: Catalogue) -> None:
    assert sorted(catalogue.aliases.select("kind", "key", "item", "of_track").rows()) == [
        ("isrc", "DEA129999999", 4, True),
        ("upc", "00999999999999", 6, False),
    ]
    assert catalogue.numbers.to_list() == ["AL01"]
