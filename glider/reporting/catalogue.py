"""The catalogue as reports use it: its items, and lookup tables from what a sale line states to an item.

An item is what a report line names: a track on a release, a track without a release, or a release as a whole. A track
on several releases has one more item, for sale lines that do not state the release.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from oas.kernel.match_keys import full_title, normal_title, shown_upc

SHOWN: Final = ("artist", "track", "release", "isrc", "upc", "catalogue_number", "reference")
_OF_RELEASE: Final = ("release_id", "release_title", "upc", "catalogue_number", "label")
_ORDER: Final = ("artist", "track", "release", "reference", "release_id")
Frame = pl.DataFrame


@dataclass(frozen=True)
class Catalogue:
    """`items` has the columns item (0, 1, 2 … in the order of reports), `SHOWN`, gtin, track_id and release_id.

    The lookup tables: `by_isrc` isrc → item · `by_upc` gtin → item · `by_number` number, title, whole → item (null
    where several fit) · `aliases` kind, key → item, of_track · `on_release` item without a release, gtin → placed (the
    item on that release).
    """

    items: Frame
    by_isrc: Frame
    by_upc: Frame
    by_number: Frame
    aliases: Frame
    on_release: Frame

    @property
    def numbers(self) -> pl.Series:
        """Every catalogue number of a track or release, once."""
        return self.by_number["number"].unique()


def read_catalogue(rows: Path, aliases: Path) -> Catalogue:
    """Read a version of the catalogue from the two Parquet files that `catalogue` has published."""
    items = _items(pl.read_parquet(rows))
    tracks = _tracks(items)
    targets = pl.concat(
        [
            tracks.select("item", "track_id", pl.lit(None, pl.Int64).alias("release_id")),
            _releases(items).select("item", pl.lit(None, pl.Int64).alias("track_id"), "release_id"),
        ]
    )
    return Catalogue(
        items=items,
        by_isrc=tracks.filter(pl.col("isrc").is_not_null()).select("isrc", "item").unique("isrc", keep="first"),
        by_upc=_releases(items).filter(pl.col("gtin").is_not_null()).select("gtin", "item").unique("gtin"),
        by_number=_by_number(items),
        aliases=_aliases(pl.read_parquet(aliases), targets),
        on_release=_on_release(items, tracks),
    )


def _items(rows: Frame) -> Frame:
    """The rows of the catalogue, and one without a release for each track that has several rows."""
    several = rows.filter(pl.col("track_id").is_not_null() & (pl.len().over("track_id") > 1))
    alone = several.unique("track_id", keep="first", maintain_order=True)
    alone = alone.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in _OF_RELEASE)
    shown = pl.concat([rows, alone]).with_columns(
        full_title(pl.col("track_title"), pl.col("track_version")).alias("track"),
        pl.col("release_title").alias("release"),
        pl.col("upc").alias("gtin"),
        shown_upc(pl.col("upc")),
    )
    ordered = shown.sort(*_ORDER, nulls_last=True)
    return ordered.with_row_index("item").select("item", *SHOWN, "gtin", "track_id", "release_id")


def _tracks(items: Frame) -> Frame:
    """The item of each track for sale lines that state no release."""
    # Nulls come first: of a track on several releases the item without a release is kept, of others the only one.
    tracks = items.filter(pl.col("track_id").is_not_null())
    return tracks.sort("track_id", "release_id", nulls_last=False).unique("track_id", keep="first", maintain_order=True)


def _releases(items: Frame) -> Frame:
    return items.filter(pl.col("track_id").is_null())


def _on_release(items: Frame, tracks: Frame) -> Frame:
    """The items of tracks that have several, by the release; the release of the others is not in question."""
    several = items.filter(pl.col("track_id").is_not_null() & (pl.len().over("track_id") > 1))
    placed = several.filter(pl.col("gtin").is_not_null()).select("track_id", "gtin", pl.col("item").alias("placed"))
    return placed.join(tracks.select("track_id", "item"), on="track_id").select("item", "gtin", "placed")


def _by_number(items: Frame) -> Frame:
    whole = pl.col("track_id").is_null()
    titled = items.filter(pl.col("catalogue_number").is_not_null()).select(
        pl.col("catalogue_number").alias("number"),
        normal_title(pl.when(whole).then("release").otherwise("track")).alias("title"),
        whole.alias("whole"),
        "item",
    )
    groups = titled.drop_nulls("title").group_by("number", "title", "whole")
    return groups.agg(pl.when(pl.len() == 1).then(pl.col("item").min()).alias("item"))


def _aliases(aliases: Frame, targets: Frame) -> Frame:
    """The aliases whose track or release is in the catalogue."""
    ids = ["track_id", "release_id"]
    found = aliases.join(targets, on=ids, how="inner", nulls_equal=True)
    return found.select("kind", "key", "item", pl.col("track_id").is_not_null().alias("of_track"))
