"""match: which item of the catalogue a sale line is of, or why it is of none.

By ISRC; else UPC for release-level lines; else catalogue number with title; else an alias. Nothing is guessed: where
two items fit, none is taken.
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
    """Lines with `item`, null where the ISRC is missing or unknown: the first rule, and for most lines the only one."""
    found = lines.join(catalogue.by_isrc.lazy(), on="isrc", how="left")
    return _on_release(found, catalogue)


def _on_release(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """Of a track with several releases, the one that the line's UPC names."""
    if catalogue.on_release.is_empty():
        return lines
    number = pl.col("gtin").cast(pl.UInt64)  # 8 bytes compare faster than 14 characters
    ways = catalogue.on_release.select("item", number.alias("_gtin"), "placed").lazy()
    numbered = lines.with_columns(pl.col("upc").cast(pl.UInt64, strict=False).alias("_gtin"))
    placed = numbered.join(ways, on=["item", "_gtin"], how="left")
    return placed.with_columns(pl.coalesce("placed", "item").alias("item")).drop("placed", "_gtin")


def by_the_rest(identities: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Different `IDENTITY`s that no ISRC led anywhere → with `item`; where that is null `reason`, and `kind` and `key`
    of the alias that would settle it (no kind: too little is known of the line for any)."""
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
    ways = ("by_upc", "by_number", "by_alias_isrc", "by_alias_upc", "by_alias_artist_title")
    found = _on_release(found.with_columns(pl.coalesce(ways).alias("item")), catalogue)
    known = pl.col("number").is_in(catalogue.numbers.implode())
    unmatched = pl.when(pl.col("item").is_null())
    found = found.with_columns(unmatched.then(_reason(known)).alias("reason"), unmatched.then(_kind()).alias("kind"))
    return found.with_columns(_key().alias("key")).select(*IDENTITY, "item", "reason", "kind", "key").collect()


def _by_upc(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """A UPC names a release: a track-level line with nothing else says not which of its tracks was sold."""
    ways = catalogue.by_upc.lazy().select("gtin", pl.col("item").alias("by_upc"), pl.lit(True).alias("whole"))
    return lines.join(ways, on=["gtin", "whole"], how="left")


def _by_number(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    ways = catalogue.by_number.lazy().select(
        "number", "title", "whole", pl.col("item").alias("by_number"), pl.col("item").is_null().alias("several")
    )
    return lines.join(ways, on=["number", "title", "whole"], how="left")


def _by_alias(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.LazyFrame:
    """A UPC that is said to be a track's holds for lines without an ISRC, which would tell its tracks apart."""
    for kind, column in (("isrc", "isrc"), ("upc", "gtin"), ("artist_title", "name_key")):
        aliases = catalogue.aliases.lazy().filter(kind=kind)
        ways = aliases.select(pl.col("key").alias(column), pl.col("item").alias(f"by_alias_{kind}"), "of_track")
        lines = lines.join(ways, on=column, how="left").rename({"of_track": f"{kind}_of_track"})
    fits = pl.col("whole") | (pl.col("upc_of_track") & pl.col("isrc").is_null())
    return lines.with_columns(pl.when(fits).then("by_alias_upc").alias("by_alias_upc"))


def _reason(number_known: pl.Expr) -> pl.Expr:
    """One of `glider.contract.UNMATCHED_REASONS`: the identifier that says most is the one to mend."""
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
    """Which alias would settle it: a code where there is one, else artist and title."""
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
    """What makes lines one group: the key of that alias, or all that is known of them."""
    keys = {"isrc": "isrc", "upc": "gtin", "artist_title": "name_key"}
    settled = first_case([(pl.col("kind") == kind, pl.col(column)) for kind, column in keys.items()], pl.String)
    return pl.coalesce(settled, pl.concat_str(IDENTITY, separator="|", ignore_nulls=True))
