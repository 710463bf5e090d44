"""Matching: the item of the catalogue that a sale line is of, or the reason why it is of none.

Rules in order: ISRC; UPC, for release-level lines; catalogue number with title; alias. Nothing is guessed: where two
items fit, the line is of none.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from glider.canonical.expressions import first_case
from glider.reporting.catalogue import Catalogue
from oas.kernel.match_keys import artist_title_key, normal_catalogue_number, normal_title, normal_upc

IDENTITY: Final = ("level", "isrc", "upc", "catalogue_number", "artist", "release", "track")
_WHOLE: Final = pl.col("level") == "release"
_TITLE: Final = pl.when(_WHOLE).then("release").otherwise("track")


def by_isrc(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """`lines` with `item`, which is null where the ISRC is missing or unknown. The first rule, and enough for most."""
    found = lines.join(catalogue.by_isrc.lazy(), on="isrc", how="left")
    return _on_release(found, catalogue)


def _on_release(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """`lines` with the `item` of the release that their UPC names, where their track is on several."""
    if catalogue.on_release.is_empty():
        return lines
    # Joined by numbers, because 8 bytes compare faster than 14 characters.
    number = pl.col("gtin").cast(pl.UInt64)
    releases = catalogue.on_release.select("item", number.alias("_gtin"), "placed").lazy()
    numbered = lines.with_columns(pl.col("upc").cast(pl.UInt64, strict=False).alias("_gtin"))
    placed = numbered.join(releases, on=["item", "_gtin"], how="left")
    return placed.with_columns(pl.coalesce("placed", "item").alias("item")).drop("placed", "_gtin")


def by_other_rules(identities: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Different `identities` (`IDENTITY`) without a known ISRC, with `item`, `reason`, `kind` and `key`.

    Where `item` is null, `reason` is one of `UNMATCHED_REASONS`, and `kind` and `key` are those of the alias that would
    match them. Without `kind` the line states too little for any alias; `key` still groups such lines.
    """
    found = identities.lazy().with_columns(
        normal_upc(pl.col("upc")).alias("gtin"),
        normal_catalogue_number(pl.col("catalogue_number")).alias("number"),
        normal_title(_TITLE).alias("title"),
        artist_title_key(pl.col("artist"), _TITLE).alias("name_key"),
        _WHOLE.fill_null(False).alias("whole"),
    )
    found = _by_upc(found, catalogue)
    found = _by_number(found, catalogue)
    found = _by_alias(found, catalogue)
    rules = ("by_upc", "by_number", "by_alias_isrc", "by_alias_upc", "by_alias_artist_title")  # the first counts
    found = _on_release(found.with_columns(pl.coalesce(rules).alias("item")), catalogue)
    known = pl.col("number").is_in(catalogue.numbers.implode())
    unmatched = pl.when(pl.col("item").is_null())
    found = found.with_columns(unmatched.then(_reason(known)).alias("reason"), unmatched.then(_kind()).alias("kind"))
    return found.with_columns(_key().alias("key")).select(*IDENTITY, "item", "reason", "kind", "key").collect()


def _by_upc(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """`lines` with `by_upc`, the item of their UPC."""
    # Only lines of whole releases are joined: a UPC does not state which track of the release was sold.
    releases = catalogue.by_upc.lazy().select("gtin", pl.col("item").alias("by_upc"), pl.lit(True).alias("whole"))
    return lines.join(releases, on=["gtin", "whole"], how="left")


def _by_number(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """`lines` with `by_number`, the item of their catalogue number and title, or with `several` where several fit."""
    titles = catalogue.by_number.lazy().select(
        "number", "title", "whole", pl.col("item").alias("by_number"), pl.col("item").is_null().alias("several")
    )
    return lines.join(titles, on=["number", "title", "whole"], how="left")


def _by_alias(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """`lines` with `by_alias_…`, the item of each kind of alias."""
    for kind, column in (("isrc", "isrc"), ("upc", "gtin"), ("artist_title", "name_key")):
        aliases = catalogue.aliases.lazy().filter(kind=kind)
        targets = aliases.select(pl.col("key").alias(column), pl.col("item").alias(f"by_alias_{kind}"), "of_track")
        lines = lines.join(targets, on=column, how="left").rename({"of_track": f"{kind}_of_track"})
    # An alias from a UPC to a track only holds for lines without an ISRC: an unknown ISRC may be another track.
    fits = pl.col("whole") | (pl.col("upc_of_track") & pl.col("isrc").is_null())
    return lines.with_columns(pl.when(fits).then("by_alias_upc").alias("by_alias_upc"))


def _reason(number_known: pl.Expr) -> pl.Expr:
    """The reason, one of `glider.contract.UNMATCHED_REASONS`, of a line without an item."""
    # In this order, because the reason names the identifier that is most specific, and so the one to mend.
    has_isrc, has_upc, has_number = (pl.col(name).is_not_null() for name in ("isrc", "upc", "number"))
    return first_case(
        [
            (pl.col("several").fill_null(False), pl.lit("several_candidates")),
            (pl.col("whole") & has_upc, pl.lit("upc_not_in_catalogue")),
            (has_isrc, pl.lit("isrc_not_in_catalogue")),
            (has_number & number_known, pl.lit("title_not_found")),
            (has_number, pl.lit("catalogue_number_not_in_catalogue")),
            (has_upc, pl.lit("isrc_missing")),
            (pl.lit(True), pl.lit("no_identifier")),
        ],
        pl.String,
    )


def _kind() -> pl.Expr:
    """The kind of alias that would match the line: of a code where it has one, otherwise of artist and title."""
    return first_case(
        [
            (pl.col("whole") & pl.col("gtin").is_not_null(), pl.lit("upc")),
            (pl.col("isrc").is_not_null(), pl.lit("isrc")),
            (pl.col("name_key").is_not_null(), pl.lit("artist_title")),
            (pl.col("gtin").is_not_null(), pl.lit("upc")),
        ],
        pl.String,
    )


def _key() -> pl.Expr:
    """The key of the alias that would match the line, or else all that the line states; equal keys are one group."""
    keys = {"isrc": "isrc", "upc": "gtin", "artist_title": "name_key"}
    by_kind = first_case([(pl.col("kind") == kind, pl.col(column)) for kind, column in keys.items()], pl.String)
    return pl.coalesce(by_kind, pl.concat_str(IDENTITY, separator="|", ignore_nulls=True))
