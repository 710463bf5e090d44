"""Grouping: the sale lines of one month become report lines, each the sum over one DSP, territory, usage, currency and
subject.

A subject is an item of the catalogue, or what a line states that is of no item. A month with very many lines is grouped
in slices of a few DSPs (or territories of one), so that memory is bounded.
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
from glider.reporting.match import IDENTITY, by_isrc, by_other_rules
from glider.reporting.select import Month
from glider.reporting.sources import Sources
from oas.kernel.totals import magnitudes

MOST_LINES: Final = 1_000_000  # sale lines grouped at a time
SUMS: Final = ("rows", "quantity", "gross", "net", "revenue", "stated")
UNMATCHED: Final = (*IDENTITY, "reason", "kind", "key")
_SHOWN_FIRST: Final = ("artist", "track", "release", "isrc", "upc", "catalogue_number", "level")
_AMOUNTS: Final = ("quantity", "gross", "net", "revenue")
_NEVER_NULL: Final = (*DIMS, "level")
_READ: Final = (*DIMS, *IDENTITY, *_AMOUNTS)


@dataclass(frozen=True)
class Grouped:
    """The report lines of one slice of a month.

    `lines`, sorted, have dim, subject and files (places in `dims`, `subjects` and `files`) and `SUMS`. `subjects` has
    the columns `UNMATCHED`, and is None in a MONTHLY report, whose subjects are items of the catalogue. `files` are
    uuids separated by spaces. `matched`, `unmatched` and `everything` are `SUMS` by currency; `everything` has
    magnitudes too (`oas.kernel.totals`). `stated` counts the sale lines that state a gross amount.
    """

    lines: pl.DataFrame
    dims: pl.DataFrame
    subjects: pl.DataFrame | None
    files: pl.Series
    matched: pl.DataFrame
    unmatched: pl.DataFrame
    everything: pl.DataFrame


def slices(month: Month, catalogue: Catalogue, kind: ReportKind) -> Iterator[Callable[[], Grouped]]:
    """The work for a month, in the order of the report; each piece may run in a thread of its own."""
    lines = _lines(month)
    dimensions, sources = Dimensions.of(lines), Sources(month.uuids)
    for wanted in _slice_conditions(lines, month.rows):
        yield partial(_group_slice, lines.filter(wanted), dimensions, sources, catalogue, kind)


def _lines(month: Month) -> pl.LazyFrame:
    """The columns that reports need; `file` is the place of the line's file among those of `month`."""
    paths = [str(path) for path in month.paths]
    read = pl.scan_parquet(month.paths, include_file_paths="path", glob=False)
    # Nulls of texts that are sorted become empty: they are the first, and comparisons of slices hold for them too.
    place = pl.col("path").cast(pl.Enum(paths)).to_physical().cast(pl.UInt32).alias("file")
    return read.select(*(pl.col(name).fill_null("") if name in _NEVER_NULL else name for name in _READ), place)


def _slice_conditions(lines: pl.LazyFrame, rows: int) -> Iterator[pl.Expr]:
    """Conditions that split `lines` into slices of some `MOST_LINES`, in the order of DSP and territory."""
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


def _group_slice(
    lines: pl.LazyFrame, dimensions: Dimensions, sources: Sources, catalogue: Catalogue, kind: ReportKind
) -> Grouped:
    monthly = kind is ReportKind.MONTHLY
    coded = lines.with_columns(dimensions.code().alias("dim"), *sources.masks())
    known = _isrc_is_known(lines, catalogue)
    summed = [*_sums(), *sources.union()]
    # `everything` is summed before any line is matched, so that a line that matching loses would not tie.
    queries = [
        _by_item(coded, catalogue, summed) if monthly else coded.filter(known).group_by("dim").agg(summed),
        coded.filter(~known).group_by("dim", *IDENTITY).agg(summed),
        lines.group_by("currency").agg(*_sums(), *magnitudes("gross", "net", "revenue")),
    ]
    direct, rest, everything = pl.collect_all(queries, engine="streaming")
    others, unmatched, subjects = _match_rest(rest, catalogue)
    chosen = _merge(direct, others, summed=[pl.col(SUMS).sum(), *sources.union()]) if monthly else unmatched
    numbered, dims, files = _numbered(chosen, dimensions, sources)
    return Grouped(
        lines=numbered,
        dims=dims,
        subjects=None if monthly else subjects,
        files=files,
        matched=pl.concat([dimensions.by_currency(part, SUMS) for part in (direct, others)]),
        unmatched=dimensions.by_currency(unmatched, SUMS),
        everything=everything,
    )


def _isrc_is_known(lines: pl.LazyFrame, catalogue: Catalogue) -> pl.Expr:
    """Whether a line has an ISRC of the catalogue."""
    # A condition on one column: readers of Parquet do not even unpack the other columns of lines that it leaves out.
    known = catalogue.by_isrc.lazy().select("isrc")
    found = lines.select(pl.col("isrc").unique()).join(known, on="isrc", how="anti").collect(engine="streaming")
    return ~(pl.col("isrc").is_null() | pl.col("isrc").is_in(found["isrc"].drop_nulls().implode()))


def _by_item(lines: pl.LazyFrame, catalogue: Catalogue, summed: list[pl.Expr]) -> pl.LazyFrame:
    """The lines with a known ISRC, summed by dimension and item."""
    # Grouped by one number instead of two columns, because grouping is what takes longest.
    size = max(1, catalogue.items.height)
    found = by_isrc(lines, catalogue).filter(pl.col("item").is_not_null())
    groups = found.group_by((pl.col("dim") * size + pl.col("item")).alias("line")).agg(summed)
    return groups.select(
        (pl.col("line") // size).alias("dim"),
        (pl.col("line") % size).cast(pl.UInt32).alias("subject"),
        pl.exclude("line"),
    )


def _sums() -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("rows"),
        pl.col(_AMOUNTS).sum(),
        pl.col("gross").count().cast(pl.Int64).alias("stated"),
    ]


def _match_rest(rest: pl.DataFrame, catalogue: Catalogue) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Groups with an item, groups without one, and the subjects of these. `rest`: the groups without a known ISRC."""
    # Each different identity is matched once, however often it was sold.
    identities = by_other_rules(rest.select(IDENTITY).unique(), catalogue).rename({"item": "subject"})
    found = identities.filter(pl.col("subject").is_not_null())
    subjects = identities.filter(pl.col("subject").is_null()).drop("subject").sort(_SHOWN_FIRST, nulls_last=True)
    missing = subjects.select(IDENTITY).with_row_index("subject")
    others = rest.join(found.select("subject", *IDENTITY), on=IDENTITY, nulls_equal=True).drop(IDENTITY)
    unmatched = rest.join(missing, on=IDENTITY, nulls_equal=True).drop(IDENTITY)
    return others, unmatched, subjects.select(UNMATCHED)


def _merge(direct: pl.DataFrame, others: pl.DataFrame, summed: list[pl.Expr]) -> pl.DataFrame:
    """The groups of both frames; those of the same item by different rules become one line."""
    if others.is_empty():
        return direct
    place = ["dim", "subject"]
    same = pl.concat([direct.join(others, on=place, how="semi"), others.select(direct.columns)])
    merged = same.group_by(place).agg(summed).select(direct.columns)
    return pl.concat([direct.join(others, on=place, how="anti"), merged])


def _numbered(
    groups: pl.DataFrame, dimensions: Dimensions, sources: Sources
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """`groups` sorted, with dims and sets of files numbered as they occur, then the dims, then the sets of files."""
    size = int(groups["subject"].max() or 0) + 1  # type: ignore[arg-type]
    line = (pl.col("dim") * size + pl.col("subject")).alias("line")
    lines = groups.with_columns(line).sort("line").drop("line")
    begins = (pl.col("dim") != pl.col("dim").shift()).fill_null(True)
    codes = lines.filter(begins)["dim"]
    files, sets = sources.names(lines)
    dim = (begins.cum_sum() - 1).cast(pl.UInt32).alias("dim")
    return lines.select(dim, "subject", sets.alias("files"), *SUMS), dimensions.texts(codes), files
