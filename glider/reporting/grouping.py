"""group: the sale lines of one month → report lines, each the sum over one DSP, territory, usage, currency and thing.

A thing is an item of the catalogue, or what is known of a line that is not in it. A month with very many lines is
taken a few DSPs (or territories of one) at a time, so that memory does not grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from glider.jobs import ReportKind
from glider.reporting.catalogue import Catalogue
from glider.reporting.dimensions import DIMS, Dimensions
from glider.reporting.matching import IDENTITY, by_isrc, by_the_rest
from glider.reporting.selecting import Month

MOST_LINES: Final = 1_000_000  # sale lines grouped at a time
SUMS: Final = ("rows", "quantity", "gross", "net", "revenue", "stated")
UNMATCHED: Final = (*IDENTITY, "reason", "kind", "key")
_SHOWN_FIRST: Final = ("artist", "track", "release", "isrc", "upc", "catalogue_number", "level")
_AMOUNTS: Final = ("quantity", "gross", "net", "revenue")
_NEVER_NULL: Final = (*DIMS, "level")
_READ: Final = (*DIMS, *IDENTITY, *_AMOUNTS)


@dataclass(frozen=True)
class Grouped:
    """`lines`: dim and thing (places in the next two), `SUMS`, files; sorted. `things` (UNMATCHED): `UNMATCHED`.

    The others are `SUMS` by currency; `everything` is summed before anything is matched. `stated` counts the lines
    that state a gross amount.
    """

    lines: pl.DataFrame
    dims: pl.DataFrame
    things: pl.DataFrame | None
    matched: pl.DataFrame
    unmatched: pl.DataFrame
    everything: pl.DataFrame


def grouped(month: Month, catalogue: Catalogue, kind: ReportKind) -> Iterator[Grouped]:
    """In the order of the report."""
    lines = _lines(month)
    dimensions = Dimensions.of(lines)
    for wanted in _slices(lines, month.rows):
        yield _of_slice(lines.filter(wanted), dimensions, month, catalogue, kind)


def _lines(month: Month) -> pl.LazyFrame:
    """The columns that count; `file` is the place of the line's file in `month.uuids`."""
    paths = [str(path) for path in month.paths]
    read = pl.scan_parquet(month.paths, include_file_paths="path", glob=False)
    place = pl.col("path").cast(pl.Enum(paths)).to_physical().cast(pl.UInt32).alias("file")
    return read.select(*(pl.col(name).fill_null("") if name in _NEVER_NULL else name for name in _READ), place)


def _slices(lines: pl.LazyFrame, rows: int) -> Iterator[pl.Expr]:
    """Conditions that part the lines, in the order of DSP and territory."""
    if rows <= MOST_LINES:
        yield pl.lit(True)
        return
    pairs = lines.group_by("dsp", "territory").len().sort("dsp", "territory").collect(engine="streaming")
    number = ((pl.col("len").cum_sum() - pl.col("len")) // MOST_LINES).alias("number")
    ends = [pl.first("dsp"), pl.first("territory"), pl.last("dsp").alias("dsp2"), pl.last("territory").alias("last")]
    for _, *slice_ends in pairs.group_by(number, maintain_order=True).agg(ends).iter_rows():
        yield _between(*slice_ends)


def _between(dsp: str, territory: str, last_dsp: str, last_territory: str) -> pl.Expr:
    after = (pl.col("dsp") > dsp) | ((pl.col("dsp") == dsp) & (pl.col("territory") >= territory))
    before = (pl.col("dsp") < last_dsp) | ((pl.col("dsp") == last_dsp) & (pl.col("territory") <= last_territory))
    return after & before


def _of_slice(
    lines: pl.LazyFrame, dimensions: Dimensions, month: Month, catalogue: Catalogue, kind: ReportKind
) -> Grouped:
    found = by_isrc(lines.with_columns(dimensions.code().alias("dim")), catalogue).rename({"item": "thing"})
    monthly = kind is ReportKind.MONTHLY
    direct_keys = ("dim", "thing", "file", "currency") if monthly else ("currency",)
    direct, rest, everything = pl.collect_all(
        [
            found.filter(pl.col("thing").is_not_null()).group_by(direct_keys).agg(_sums()),
            found.filter(pl.col("thing").is_null()).group_by("dim", "file", "currency", *IDENTITY).agg(_sums()),
            lines.group_by("currency").agg(_sums()),
        ],
        engine="streaming",
    )
    late, unmatched, things = _rest_matched(rest, catalogue)
    chosen = pl.concat([direct, late.select(direct.columns)]) if monthly else unmatched
    merged = _merged(chosen, month.uuids, catalogue.items.height if monthly else things.height)
    numbered, dims = _with_dims(merged, dimensions)
    return Grouped(
        lines=numbered,
        dims=dims,
        things=None if monthly else things,
        matched=pl.concat([_by_currency(direct), _by_currency(late)]),
        unmatched=_by_currency(unmatched),
        everything=everything,
    )


def _sums() -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("rows"),
        pl.col(_AMOUNTS).sum(),
        pl.col("gross").count().cast(pl.Int64).alias("stated"),
    ]


def _rest_matched(rest: pl.DataFrame, catalogue: Catalogue) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lines with an item, lines without one, and the things that those are of. Each different line is looked at once,
    however often it was sold."""
    identities = by_the_rest(rest.select(IDENTITY).unique(), catalogue).rename({"item": "thing"})
    found = identities.filter(pl.col("thing").is_not_null())
    things = identities.filter(pl.col("thing").is_null()).drop("thing").sort(_SHOWN_FIRST, nulls_last=True)
    missing = things.select(IDENTITY).with_row_index("thing")
    late = rest.join(found.select("thing", *IDENTITY), on=IDENTITY, nulls_equal=True)
    unmatched = rest.join(missing, on=IDENTITY, nulls_equal=True)
    return late, unmatched, things.select(UNMATCHED)


def _by_currency(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.group_by("currency").agg(pl.col(SUMS).sum())


def _merged(groups: pl.DataFrame, uuids: list[str], things: int) -> pl.DataFrame:
    """Sorted; what differs in its file only, or came to one item on two ways, becomes one line: columns line (dim and
    thing as one number, which is quick to sort), `SUMS`, files."""
    line = (pl.col("dim") * max(1, things) + pl.col("thing")).alias("line")
    files = pl.col("file").replace_strict(list(range(len(uuids))), uuids, return_dtype=pl.String).alias("files")
    ordered = groups.select(line, *SUMS, "file").sort("line", "file").select("line", *SUMS, files)
    goes_on = (pl.col("line") == pl.col("line").shift()).fill_null(False)
    shared = ordered.select(goes_on | goes_on.shift(-1, fill_value=False)).to_series()
    uuids_of = pl.col("files").unique(maintain_order=True).str.join(" ")
    several = ordered.filter(shared).group_by("line", maintain_order=True).agg(pl.col(SUMS).sum(), uuids_of)
    merged = ordered.filter(~shared).merge_sorted(several, "line") if several.height else ordered
    return merged.with_columns(
        (pl.col("line") // max(1, things)).alias("dim"),
        (pl.col("line") % max(1, things)).cast(pl.UInt32).alias("thing"),
    ).drop("line")


def _with_dims(lines: pl.DataFrame, dimensions: Dimensions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Dimensions numbered as they come."""
    begins = (pl.col("dim") != pl.col("dim").shift()).fill_null(True)
    codes = lines.filter(begins)["dim"]
    return lines.with_columns((begins.cum_sum() - 1).cast(pl.UInt32).alias("dim")), dimensions.texts(codes)
