"""Totals of sale lines: of a file, of a period, and by each of the five dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Self

import polars as pl

from oas.documents import ROWS_PER_DOCUMENT, Document

NOT_STATED: Final = "(not stated)"
WHOLE_RELEASES: Final = "(whole releases)"
_MARK: Final = "\x1f"
SHARE_PLACES: Final = 6


@dataclass(frozen=True)
class Totals:
    """Sums over lines; amounts are exact."""

    rows: int = 0
    quantity: int = 0
    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)

    @staticmethod
    def expressions() -> list[pl.Expr]:
        return [pl.len().cast(pl.Int64).alias("rows"), pl.col("quantity", "gross", "net", "revenue").sum()]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        known: dict[str, Any] = {field.name: row[field.name] or field.default for field in fields(cls)}
        return cls(**known)


def file_totals(frame: pl.LazyFrame) -> Totals:
    row = frame.select(Totals.expressions()).collect(engine="streaming").row(0, named=True)
    return Totals.of(row)


def total_by(frame: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """Columns: name, the codes that apply, `stated` (false: the lines that name none), and the sums; sorted by
    revenue, largest first, then by name, so that the same lines always give the same list."""
    key, name, extra = _GROUPS[dimension]
    groups = frame.group_by(key.alias("key")).agg(name.alias("name"), *extra, *Totals.expressions())
    stated = pl.col("name").is_not_null()
    groups = groups.with_columns(stated.alias("stated"), pl.col("name").fill_null(_unnamed(dimension)))
    return groups.sort("revenue", "name", "key", descending=[True, False, False], nulls_last=True).drop("key")


def _unnamed(dimension: str) -> str:
    return WHOLE_RELEASES if dimension == "track" else NOT_STATED


def _by_code(code: str, title: str) -> pl.Expr:
    """A code where there is one, else artist and title: two songs of one title are not one song."""
    titled = pl.when(pl.col(title).is_not_null()).then(
        pl.concat_str([pl.col("artist").fill_null(""), pl.col(title)], separator=_MARK)
    )
    return pl.coalesce(pl.col(code), titled)


# Dimension → what lines are grouped by, the name shown (the first by the alphabet where spellings differ), and codes.
_GROUPS: Final[dict[str, tuple[pl.Expr, pl.Expr, list[pl.Expr]]]] = {
    "artist": (pl.col("artist"), pl.col("artist").min(), []),
    "dsp": (pl.col("dsp"), pl.col("dsp").min(), []),
    "territory": (pl.col("territory"), pl.col("territory").min(), []),
    "track": (
        pl.when(pl.col("level") == "track").then(_by_code("isrc", "track")),
        pl.coalesce(pl.col("track").min(), pl.col("isrc").filter(pl.col("level") == "track").min()),
        [
            pl.col("isrc").filter(pl.col("level") == "track").min(),
            pl.col("artist").filter(pl.col("level") == "track").min(),
        ],
    ),
    "release": (
        _by_code("upc", "release"),
        pl.coalesce(pl.col("release").min(), pl.col("upc").min()),
        [
            pl.col("upc").min(),
            pl.col("artist").filter(pl.col("upc").is_not_null() | pl.col("release").is_not_null()).min(),
        ],
    ),
}


def documents_of(totals: pl.DataFrame, whole: Decimal) -> Iterator[list[Document]]:
    """The rows of one list as documents hold them, a thousand at a time; amounts are decimal strings."""
    ready = totals.with_columns(_share(whole).alias("share")).with_columns(
        pl.col("revenue", "net", "gross").cast(pl.String)
    )
    for chunk in ready.drop("stated").iter_slices(ROWS_PER_DOCUMENT):
        yield [{key: value for key, value in row.items() if value is not None} for row in chunk.to_dicts()]


def _share(whole: Decimal) -> pl.Expr:
    """The part of the whole, for showing only; empty where the whole is nothing."""
    if whole == 0:
        return pl.lit("0")
    part = pl.col("revenue") / pl.lit(whole, dtype=pl.Decimal(38, 18))
    return part.round(SHARE_PLACES).cast(pl.Decimal(38, SHARE_PLACES)).cast(pl.String)
