"""The preview: what cleaning would make of a file, for people to look at.

For the preview of the API, `manage.py inspect`, and the dry run of a new layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import REASON
from glider.cleaning.input.containers import Member, Opened, Unpacker
from glider.cleaning.input.encoding import Text, Told, open_text
from glider.cleaning.job import settings_for
from glider.cleaning.pipeline import Cleaned, Settings, clean
from glider.cleaning.recognition.csv_table import Table, head_lines
from glider.cleaning.refusal import NothingAccepted
from glider.contract import (
    Cause,
    CleaningResult,
    EncodingReading,
    PreviewMessage,
    PreviewResult,
    RawMember,
    RecognisedMember,
)
from glider.errors import JobFailed
from glider.heartbeat import Heartbeat
from glider.layouts.registry import version_of
from glider.mapping_trial import try_mapping
from oas.kernel.intake.text_intake import DELIMITERS, split
from oas.kernel.storage import storage

MOST_LINES: Final = 20  # sale lines
MOST_MEMBERS: Final = 20
MOST_ROWS: Final = 12  # raw rows of a member
LONGEST_CELL: Final = 200  # characters


def run_preview(message: PreviewMessage, folder: Path, beat: Heartbeat) -> PreviewResult:
    """Preview the raw object of `message`, working in `folder`. Raises ObjectAbsent or ObjectChanged."""
    raw = folder / "raw"
    storage().download(message.raw_key, raw, etag=message.raw_etag)
    return inspect(raw, folder, settings_for(message), PreviewResult(job=message.job))


def inspect(raw: Path, folder: Path, settings: Settings, blank: PreviewResult) -> PreviewResult:
    """Fill `blank` with what cleaning makes of the file at `raw`, which may be changed; works in `folder`.

    Does not raise `JobFailed`: `cause` and `message` of the result have it, beside the raw rows of each member
    and, for a file that no layout knows, a mapping that is proposed for its columns.
    """
    found, members = blank, tuple[Member, ...]()
    try:
        opened = _opened(raw, folder / "look", settings)
        members = opened.members
        found = found.model_copy(update={"container": opened.container, "seen": _raw_members(opened, folder, settings)})
        cleaned = clean(raw, folder, settings, CleaningResult(job=blank.job), lambda percent, rows: None)
    except NothingAccepted as error:
        return found.model_copy(update={"cause": error.cause, "message": error.message, "figures": error.figures})
    except JobFailed as error:
        readings = [EncodingReading(encoding=each.encoding, names=list(each.names)) for each in error.readings]
        found = found.model_copy(update={"cause": error.cause, "message": error.message, "encodings": readings})
        if error.cause is Cause.UNKNOWN_LAYOUT:
            proposal = try_mapping(raw, members, folder / "proposal", settings, CleaningResult(job=blank.job))
            found = found.model_copy(update={"proposal": proposal})
        return found
    return found.model_copy(
        update={
            # The raw rows may hold data about people, which a recognised layout keeps from being read.
            "seen": [],
            "parts": [_recognised(table) for table in cleaned.tables],
            "lines": _first_lines(cleaned),
            "figures": cleaned.figures,
        }
    )


def _opened(raw: Path, folder: Path, settings: Settings) -> Opened:
    folder.mkdir()
    return Unpacker(folder, settings.limits, raw.stat().st_size).open(raw)


def _raw_members(opened: Opened, folder: Path, settings: Settings) -> list[RawMember]:
    return [_raw_member(member, folder / "look", settings) for member in opened.members[:MOST_MEMBERS]]


def _raw_member(member: Member, folder: Path, settings: Settings) -> RawMember:
    """The first rows of a member, split at the delimiter that occurs most often in any one line."""
    text = _raw_text(member, folder, settings, settings.told)
    if text is None:
        return RawMember(part=member.name)
    lines = head_lines(text.path)
    delimiter = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
    rows = [[cell[:LONGEST_CELL] for cell in split(line, delimiter)] for line in lines[:MOST_ROWS]]
    return RawMember(part=member.name, encoding=text.encoding, delimiter=delimiter, rows=rows)


def _raw_text(member: Member, folder: Path, settings: Settings, told: Told) -> Text | None:
    """The text of a member, in the likeliest encoding if a person has to choose; None if it is none."""
    try:
        return open_text(member.path, folder, longest_line=settings.longest_line, told=told)
    except JobFailed as error:
        likeliest = [reading.encoding for reading in error.readings[:1]]
    return _raw_text(member, folder, settings, Told(likeliest[0])) if likeliest else None


def _recognised(table: Table) -> RecognisedMember:
    header = table.header
    known = set(header.columns.places.values())
    return RecognisedMember(
        part=table.member,
        encoding=table.text.encoding,
        delimiter=header.delimiter,
        header_line=header.line + 1,
        header=[cell[:LONGEST_CELL] for cell in header.cells],
        layout=header.layout.name,
        title=header.layout.title,
        version=version_of(header.layout),
        known=_cells(header.cells, sorted(known)),
        unknown=_cells(header.cells, [place for place in range(len(header.cells)) if place not in known]),
        runners_up=list(header.runners_up),
    )


def _cells(cells: Sequence[str], places: list[int]) -> list[str]:
    return [cells[place][:LONGEST_CELL] for place in places]


def _first_lines(cleaned: Cleaned) -> list[dict[str, str | int | None]]:
    """The first accepted lines, with amounts and dates as text."""
    accepted = pl.scan_parquet(cleaned.lines).filter(pl.col(REASON).is_null()).drop(REASON).head(MOST_LINES)
    numbers = ("source_row", "quantity")
    return accepted.with_columns(pl.exclude(numbers).cast(pl.String)).collect().to_dicts()
