"""Overlaps: other sales files of the same sender that hold the same lines, in the same period, as the imported one.

Found in two steps: by sketches, which are in MongoDB for every file, revision and period; then exactly, by all lines of
both files, which are read from the lake one period at a time.

The sketches of a file are stored before those of others are looked for, and after its sales objects. So of two files
that are imported at the same time at least one sees the other, in whatever order their workers run, die, or run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import polars as pl
import structlog

from glider.contract import ImporterMessage, Overlap
from glider.importer.line_hashes import LINE, MONEY, line_hashes
from glider.importer.sketches import Sketch, sketches_of
from oas.kernel import object_keys
from oas.kernel.amounts import add_up, exact
from oas.kernel.documents import Document, documents, sales_id, snapshot_id
from oas.kernel.storage import ObjectAbsent, storage

log = structlog.get_logger(__name__)
SKETCHES: Final = "line_sketches"
# A period of two files is the same from half of its lines on, by number and by money, of either file.
# Statements repeat single lines without harm (a stream for the smallest amount, late, of the same track and country).
SAME_PART: Final = 2
# Files overlap from a tenth of the lines or of the money of either file on.
LEAST_PART: Final = 10
MOST: Final = 1000  # files that are named
SLICE: Final = 5_000_000  # lines that are compared at a time


@dataclass(frozen=True)
class _Shared:
    """How many lines two files share, and their money, which each has converted at a rate of its own."""

    lines: int = 0
    money: Decimal = Decimal(0)
    other_money: Decimal = Decimal(0)

    def __add__(self, more: _Shared) -> _Shared:
        with exact():
            money, other = self.money + more.money, self.other_money + more.other_money
        return _Shared(self.lines + more.lines, money, other)


def find_overlaps(message: ImporterMessage, files: Mapping[str, Path], folder: Path) -> list[Overlap]:
    """Store the sketches of the imported `files` (period → Parquet), and return what overlaps with them.

    Works in `folder`. Idempotent. To be called when the sales objects are stored. Raises StorageError, DocumentsError.
    """
    own = sketches_of(files, {period: rows_of(path) for period, path in files.items()})
    whole = _whole(own)
    documents().write(SKETCHES, [_document(message, period, sketch, whole) for period, sketch in own.items()])
    found: dict[UUID, list[tuple[Document, _Shared]]] = defaultdict(list)
    for other, sketch in _others(message, own):
        shared = _compared(message, files[other["period"]], other, folder)
        if shared and _is_same(shared, own[other["period"]], sketch):
            found[UUID(other["job"])].append((other, shared))
    overlaps = [_overlap(pairs, whole) for pairs in found.values() if _is_overlap(pairs, whole)]
    return sorted(overlaps, key=lambda each: (-each.money, each.file))[:MOST]


def rows_of(path: Path) -> int:
    """Return the number of lines of the Parquet file at `path`."""
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


# --- sketches ---


def _whole(sketches: Mapping[str, Sketch]) -> Sketch:
    """The lines and money of all periods."""
    lines, money = sum(each.lines for each in sketches.values()), add_up(each.money for each in sketches.values())
    return replace(next(iter(sketches.values())), lines=lines, money=money) if sketches else _NOTHING


_NOTHING: Final = Sketch(0, Decimal(0), pl.Series([], dtype=pl.UInt64).to_numpy(), 0)


def _document(message: ImporterMessage, period: str, sketch: Sketch, whole: Sketch) -> Document:
    snapshot = snapshot_id(message.file.uuid, message.file.revision)
    return {
        "_id": sales_id(snapshot, str(message.job), period),
        "organisation": message.organisation,
        "source": _source(message),
        "period": period,
        "file": message.file.id,
        "uuid": message.file.uuid,
        "revision": message.file.revision,
        "snapshot": snapshot,
        "job": str(message.job),
        "file_lines": whole.lines,
        "file_money": format(whole.money, "f"),
        **sketch.fields(),
    }


def _source(message: ImporterMessage) -> str:
    """What files of one organisation and sender have in common."""
    return f"{message.organisation}:{message.cleaning.sender or message.cleaning.layout}"


def _others(message: ImporterMessage, own: Mapping[str, Sketch]) -> Iterator[tuple[Document, Sketch]]:
    """The sketches of other files that may overlap with `own`."""
    wanted = {"source": _source(message), "period": {"$in": sorted(own)}}
    for document in documents().find(SKETCHES, wanted) if own else ():
        # A file never overlaps with an older revision of itself.
        sketch = Sketch.of(document) if document["file"] != message.file.id else None
        if sketch is not None and own[document["period"]].may_overlap(sketch):
            yield document, sketch


# --- the exact comparison ---


def _compared(message: ImporterMessage, own: Path, other: Document, folder: Path) -> _Shared | None:
    """What `own` shares with the sales object of `other`; None when that is gone, and so counts nowhere."""
    place = (other["uuid"], other["revision"], UUID(other["job"]))
    path = folder / "other.parquet"
    try:
        storage().fetch(object_keys.sales(message.organisation, other["period"], *place), path)
    except ObjectAbsent:
        log.info("other_sales_gone", uuid=other["uuid"], revision=other["revision"])
        return None
    try:
        return shared_lines(own, path)
    finally:
        path.unlink()


def shared_lines(one: Path, other: Path, at_a_time: int = SLICE) -> _Shared:
    """Return what two Parquet files of sale lines share: a line counts as often as both have it.

    Holds some `at_a_time` hashes of each file in memory.
    """
    slices = -(-max(rows_of(one), rows_of(other), 1) // at_a_time)
    shared = _Shared()
    for number in range(slices):
        shared += _shared(_sliced(one, number, slices), _sliced(other, number, slices))
    return shared


def _sliced(path: Path, number: int, slices: int) -> pl.LazyFrame:
    """Hash → number of lines, and the money of one of them."""
    lines = line_hashes(pl.scan_parquet(path)).filter(pl.col(LINE) % slices == number)
    return lines.group_by(LINE).agg(pl.len().alias("count"), pl.col(MONEY).first())


def _shared(one: pl.LazyFrame, other: pl.LazyFrame) -> _Shared:
    both = one.join(other, on=LINE, suffix="_other")
    times = pl.min_horizontal("count", "count_other").alias("times")
    found = both.select(times, MONEY, f"{MONEY}_other").collect(engine="streaming")
    # No more than the money of a file, which the importer has bounded.
    money = found.select(pl.col(name).repeat_by("times").explode().sum() for name in (MONEY, f"{MONEY}_other"))
    return _Shared(int(found["times"].sum()), *(Decimal(amount or 0) for amount in money.row(0)))


# --- what counts as an overlap ---


def _is_same(shared: _Shared, own: Sketch, other: Sketch) -> bool:
    """Whether a period is the same: of one of the files, both lines and money of it are in the other."""
    sides = ((own.lines, own.money, shared.money), (other.lines, other.money, shared.other_money))
    with exact():
        return any(
            shared.lines * SAME_PART >= lines and in_both * SAME_PART >= money for lines, money, in_both in sides
        )


def _is_overlap(pairs: list[tuple[Document, _Shared]], whole: Sketch) -> bool:
    """Whether the periods that are the same are enough of one of the files."""
    shared, other = _sum(pairs), pairs[0][0]
    theirs = other["file_lines"], Decimal(other["file_money"])
    sides = ((whole.lines, whole.money, shared.money), (*theirs, shared.other_money))
    with exact():
        return any(
            shared.lines * LEAST_PART >= lines or in_both * LEAST_PART >= money for lines, money, in_both in sides
        )


def _sum(pairs: list[tuple[Document, _Shared]]) -> _Shared:
    shared = _Shared()
    for _, each in pairs:
        shared += each
    return shared


def _overlap(pairs: list[tuple[Document, _Shared]], whole: Sketch) -> Overlap:
    shared, other = _sum(pairs), pairs[0][0]
    return Overlap(
        file=other["file"],
        revision=other["revision"],
        job=UUID(other["job"]),
        periods=sorted(each["period"] for each, _ in pairs),
        lines=shared.lines,
        money=shared.money,
        file_lines=whole.lines,
        file_money=whole.money,
        other_money=shared.other_money,
        other_file_lines=other["file_lines"],
        other_file_money=Decimal(other["file_money"]),
    )
