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
    for one, other in likely_repeats(members):
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
    return _sales_in(member.path).filter(pl.col("source_part") == member.table.member)


def _sales_in(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path).filter(~pl.col(REASON).is_in(SKIPPING).fill_null(False))


def _count(member: MemberLines) -> int:
    return int(_sales(member).select(pl.len()).collect(engine="streaming").item())


def _digests(member: MemberLines) -> pl.LazyFrame:
    """A number for each line of `member`, which is equal for equal sales."""
    return _digests_in(member.path).filter(pl.col("part") == member.table.member).select(_LINE)


def likely_repeats(members: Sequence[MemberLines]) -> list[tuple[int, int]]:
    """Pairs of places: some lines of the first, `SAMPLE` at most, are all found in the second."""
    lines = pl.concat([_digests_in(path) for path in dict.fromkeys(member.path for member in members)])
    samples = lines.group_by("part").head(SAMPLE).unique().collect(engine="streaming")
    held = lines.filter(pl.col(_LINE).is_in(samples[_LINE].unique().implode())).unique().collect(engine="streaming")
    sizes = samples.group_by("part").len("size")
    pairs = samples.join(held, on=_LINE, suffix="_held").filter(pl.col("part") != pl.col("part_held"))
    found = (
        pairs.group_by("part", "part_held").len("same").join(sizes, on="part").filter(pl.col("same") == pl.col("size"))
    )
    places = {member.table.member: place for place, member in enumerate(members)}
    return sorted((places[one], places[other]) for one, other in found.select("part", "part_held").iter_rows())


def _digests_in(path: Path) -> pl.LazyFrame:
    """The digest of each line of sales at `path`, and the member that it is of."""
    part = pl.col("source_part").cast(pl.String).alias("part")
    names = [name for name in CLEANED if name not in ("source_row", "source_part")]
    strings = _sales_in(path).cast({pl.Categorical: pl.String})
    return strings.select(part, pl.struct(*names, REASON).hash().alias(_LINE))


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
