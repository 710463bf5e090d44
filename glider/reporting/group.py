"""group: the sale lines of one month → report lines, each the sum over one DSP, territory, usage, currency and thing.

A thing is an item of the catalogue, or what is known of a line that is not in it. A month with very many lines is
taken a few DSPs (or territories of one) at a time, so that memory does not grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from glider.contract import ReportKind
from glider.reporting.catalogue import Catalogue
from glider.reporting.dimensions import DIMS, Dimensions
from glider.reporting.match import IDENTITY, by_isrc, by_the_rest
from glider.reporting.select import Month
from glider.reporting.sources import Sources

MOST_LINES: Final = 1_000_000  # sale lines grouped at a time
SUMS: Final = ("rows", "quantity", "gross", "net", "revenue", "stated")
UNMATCHED: Final = (*IDENTITY, "reason", "kind", "key")
_SHOWN_FIRST: Final = ("artist", "track", "release", "isrc", "upc", "catalogue_number", "level")
_AMOUNTS: Final = ("quantity", "gross", "net", "revenue")
_NEVER_NULL: Final = (*DIMS, "level")
_READ: Final = (*DIMS, *IDENTITY, *_AMOUNTS)


@dataclass(frozen=True)
class Grouped:
    """`lines`: dim, thing and files (places in the next three), `SUMS`; sorted. `things` (UNMATCHED): `UNMATCHED`;
    `files`: uuids joined by spaces.

    The others are `SUMS` by currency; `everything` is summed before anything is matched. `stated` counts the lines
    that state a gross amount.
    """

    lines: pl.DataFrame
    dims: pl.DataFrame
    things: pl.DataFrame | None
    files: pl.Series
    matched: pl.DataFrame
    unmatched: pl.DataFrame
    everything: pl.DataFrame


def slices(month: Month, catalogue: Catalogue, kind: ReportKind) -> Iterator[Callable[[], Grouped]]:
    """What is to be done for a month, in the order of the report; each can be done in a thread of its own."""
    lines = _lines(month)
    dimensions, sources = Dimensions.of(lines), Sources(month.uuids)
    for wanted in _slices(lines, month.rows):
        yield partial(_of_slice, lines.filter(wanted), dimensions, sources, catalogue, kind)


def _lines(month: Month) -> pl.LazyFrame:
    """The columns that count; `file` is the place of the line's file among those of the month."""
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
    lines: pl.LazyFrame, dimensions: Dimensions, sources: Sources, catalogue: Catalogue, kind: ReportKind
) -> Grouped:
    monthly = kind is ReportKind.MONTHLY
    coded = lines.with_columns(dimensions.code().alias("dim"), *sources.masks())
    leads = _leads_somewhere(lines, catalogue)
    summed = [*_sums(), *sources.united()]
    queries = [
        _by_item(coded, catalogue, summed) if monthly else coded.filter(leads).group_by("dim").agg(summed),
        coded.filter(~leads).group_by("dim", *IDENTITY).agg(summed),
        lines.group_by("currency").agg(_sums()),
    ]
    direct, rest, everything = pl.collect_all(queries, engine="streaming")
    late, unmatched, things = _rest_matched(rest, catalogue)
    chosen = _united(direct, late, summed=[pl.col(SUMS).sum(), *sources.united()]) if monthly else unmatched
    numbered, dims, files = _numbered(chosen, dimensions, sources)
    return Grouped(
        lines=numbered,
        dims=dims,
        things=None if monthly else things,
        files=files,
        matched=pl.concat([dimensions.by_currency(part, SUMS) for part in (direct, late)]),
        unmatched=dimensions.by_currency(unmatched, SUMS),
        everything=everything,
    )


def _leads_somewhere(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.Expr:
    """Whether the ISRC of a line does. A condition on one column: of lines that it leaves out, Parquet readers do not
    even unpack the others."""
    known = catalogue.by_isrc.lazy().select("isrc")
    found = lines.select(pl.col("isrc").unique()).join(known, on="isrc", how="anti").collect(engine="streaming")
    return ~(pl.col("isrc").is_null() | pl.col("isrc").is_in(found["isrc"].drop_nulls().implode()))


def _by_item(lines: pl.LazyFrame, catalogue: Catalogue, summed: list[pl.Expr]) -> pl.LazyFrame:
    """Dimension and item as one number while they are grouped: that is what takes longest."""
    size = max(1, catalogue.items.height)
    found = by_isrc(lines, catalogue).filter(pl.col("item").is_not_null())
    groups = found.group_by((pl.col("dim") * size + pl.col("item")).alias("line")).agg(summed)
    return groups.select(
        (pl.col("line") // size).alias("dim"),
        (pl.col("line") % size).cast(pl.UInt32).alias("thing"),
        pl.exclude("line"),
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
    late = rest.join(found.select("thing", *IDENTITY), on=IDENTITY, nulls_equal=True).drop(IDENTITY)
    unmatched = rest.join(missing, on=IDENTITY, nulls_equal=True).drop(IDENTITY)
    return late, unmatched, things.select(UNMATCHED)


def _united(direct: pl.DataFrame, late: pl.DataFrame, summed: list[pl.Expr]) -> pl.DataFrame:
    """What came to one item on two ways is one line."""
    if late.is_empty():
        return direct
    place = ["dim", "thing"]
    same = pl.concat([direct.join(late, on=place, how="semi"), late.select(direct.columns)])
    united = same.group_by(place).agg(summed).select(direct.columns)
    return pl.concat([direct.join(late, on=place, how="anti"), united])


def _numbered(
    groups: pl.DataFrame, dimensions: Dimensions, sources: Sources
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Sorted, with dimensions and sets of files numbered as they come, and those."""
    size = int(groups["thing"].max() or 0) + 1  # type: ignore[arg-type]
    line = (pl.col("dim") * size + pl.col("thing")).alias("line")
    lines = groups.with_columns(line).sort("line").drop("line")
    begins = (pl.col("dim") != pl.col("dim").shift()).fill_null(True)
    codes = lines.filter(begins)["dim"]
    files, sets = sources.names(lines)
    dim = (begins.cum_sum() - 1).cast(pl.UInt32).alias("dim")
    return lines.select(dim, "thing", sets.alias("files"), *SUMS), dimensions.texts(codes), files
