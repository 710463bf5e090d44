"""Finds members and sheets whose lines are all among those of another: the same sales, which count once.

A workbook has a sheet of all lines and one of an artist's, an archive has the same statement as CSV and as workbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import CLEANED, REASON
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import source_row, stripped
from glider.reason_codes import SKIPPING

SAMPLE: Final = 20  # lines of a member that are looked for in the others before all are compared
FEW: Final = 10  # below, the same sales in two members may be chance, so their cells have to be the same as well
_LINE: Final = "line"


@dataclass(frozen=True)
class MemberLines:
    """The lines of `table`, read by `plan` and staged at `path` (`glider.canonical.staged_lines`)."""

    table: Table
    plan: ReadPlan
    path: Path


@dataclass(frozen=True)
class Repeat:
    """The member at place `repeated` holds `lines` lines that are all in the one at place `of`; `whole`: and no other
    is."""

    repeated: int
    of: int
    lines: int
    whole: bool


def repeats_among(members: Sequence[MemberLines]) -> list[Repeat]:
    """Return the members to leave out, at most one entry for each; of equal ones the first is kept."""
    if len(members) < 2:
        return []
    counts = [_count(member) for member in members]
    found: dict[int, Repeat] = {}
    for one, other in _likely(members):
        larger = counts[other] > counts[one] or (counts[other] == counts[one] and other < one)
        if one not in found and larger and _is_among(members[one], members[other], counts[one] == counts[other]):
            found[one] = Repeat(one, other, counts[one], counts[one] == counts[other])
    return [found[place] for place in sorted(found)]


def warning_of(repeat: Repeat, members: Sequence[MemberLines]) -> str:
    name, other = (members[place].table.member for place in (repeat.repeated, repeat.of))
    if repeat.whole:
        return f"{name} holds the same lines as {other} and was left out."
    return f"All {repeat.lines} lines of {name} are among those of {other}; it was left out."


def _sales(member: MemberLines) -> pl.LazyFrame:
    """The lines that are sales or meant to be."""
    return pl.scan_parquet(member.path).filter(~pl.col(REASON).is_in(SKIPPING).fill_null(False))


def _count(member: MemberLines) -> int:
    return int(_sales(member).select(pl.len()).collect(engine="streaming").item())


def _digests(member: MemberLines) -> pl.LazyFrame:
    """A number for each line of `member`, which is equal for equal sales."""
    names = [name for name in CLEANED if name not in ("source_row", "source_part")]
    return _sales(member).cast({pl.Categorical: pl.String}).select(pl.struct(*names, REASON).hash().alias(_LINE))


def _likely(members: Sequence[MemberLines]) -> list[tuple[int, int]]:
    """Pairs of places: some lines of the first, `SAMPLE` at most, are all found in the second."""
    samples = [set(_digests(member).head(SAMPLE).collect().to_series()) for member in members]
    wanted = pl.Series(sorted(set().union(*samples)), dtype=pl.UInt64)
    held = [
        set(_digests(member).filter(pl.col(_LINE).is_in(wanted.implode())).unique().collect(engine="streaming")[_LINE])
        for member in members
    ]
    places = range(len(members))
    return [
        (one, other)
        for one in places
        for other in places
        if one != other and samples[one] and samples[one] <= held[other]
    ]


def _is_among(one: MemberLines, other: MemberLines, equal: bool) -> bool:
    """Whether every line of `one` is in `other`, as often as in `one`."""
    if not _is_contained(_digests(one), _digests(other)):
        return False
    if (equal and _count(one) >= FEW) or not _are_comparable(one.table, other.table):
        return True
    return _is_contained(_cells(one), _cells(other))


def _is_contained(one: pl.LazyFrame, other: pl.LazyFrame) -> bool:
    ours, theirs = (frame.group_by(_LINE).len() for frame in (one, other))
    missing = ours.join(theirs, on=_LINE, how="left").filter(pl.col("len") > pl.col("len_right").fill_null(0))
    return bool(missing.select(pl.len()).collect(engine="streaming").item() == 0)


def _are_comparable(one: Table, other: Table) -> bool:
    """Whether equal sales have equal cells in both: a workbook writes numbers in another way than a CSV."""
    return one.header.cells == other.header.cells and (one.sheet, one.parquet) == (other.sheet, other.parquet)


def _cells(member: MemberLines) -> pl.LazyFrame:
    """A number for each line of `member`, which is equal for equal cells as they are written."""
    table = member.table
    cells = pl.struct(stripped(name, table).alias(name) for name in table.every_column).hash().alias(_LINE)
    row = source_row(table, spans_lines=member.plan.spans_lines).alias("source_row")
    return table.scan(member.plan.path).select(row, cells).join(_sales(member), on="source_row", how="semi")
