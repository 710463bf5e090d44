"""What cleaning sees in a file and makes of it, told to people: the preview of the API, `manage.py inspect`, and the
dry run of a new layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import REASON
from glider.cleaning.input.containers import Opened, Part, Unpacking
from glider.cleaning.input.encoding import open_text
from glider.cleaning.job import settings_for
from glider.cleaning.pipeline import Cleaned, Settings, clean
from glider.cleaning.recognition.csv_table import Table, head_lines
from glider.contract import CleaningResult, PreviewMessage, PreviewResult, Recognised, SeenPart
from glider.errors import JobFailed
from glider.heartbeat import Heartbeat
from glider.layouts.registry import version_of
from oas.kernel.storage import storage
from oas.kernel.text_intake import DELIMITERS, split

LINES: Final = 20  # sale lines shown
ROWS: Final = 12  # rows of a part shown as they are
PARTS: Final = 20
CELL: Final = 200  # characters of a cell


def run_preview(message: PreviewMessage, folder: Path, beat: Heartbeat) -> PreviewResult:
    raw = folder / "raw"
    storage().download(message.raw_key, raw, etag=message.raw_etag)
    return inspect(raw, folder, settings_for(message), PreviewResult(job=message.job))


def inspect(raw: Path, folder: Path, settings: Settings, blank: PreviewResult) -> PreviewResult:
    """Works in `folder` and may change the file at `raw`. Never raises `JobFailed`: the answer says what is wrong."""
    answer = blank
    try:
        opened = _opened(raw, folder / "look", settings)
        answer = answer.model_copy(update={"container": opened.container, "seen": _seen(opened, folder, settings)})
        cleaned = clean(raw, folder, settings, CleaningResult(job=blank.job), lambda percent, rows: None)
    except JobFailed as error:
        return answer.model_copy(update={"cause": error.cause, "message": error.message})
    return answer.model_copy(
        update={
            "seen": [],  # the rows may hold people's data, which the layout says not to read
            "parts": [_recognised(table) for table in cleaned.tables],
            "lines": _first_lines(cleaned),
            "figures": cleaned.figures,
        }
    )


def _opened(raw: Path, folder: Path, settings: Settings) -> Opened:
    folder.mkdir()
    return Unpacking(folder, settings.limits, raw.stat().st_size).open(raw)


def _seen(opened: Opened, folder: Path, settings: Settings) -> list[SeenPart]:
    return [_seen_part(part, folder / "look", settings) for part in opened.parts[:PARTS]]


def _seen_part(part: Part, folder: Path, settings: Settings) -> SeenPart:
    """Its first rows, cut at the delimiter that makes the most of the widest line."""
    try:
        text = open_text(part.path, folder, longest_line=settings.longest_line)
    except JobFailed:
        return SeenPart(part=part.name)
    lines = head_lines(text.path)
    delimiter = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
    rows = [[cell[:CELL] for cell in split(line, delimiter)] for line in lines[:ROWS]]
    return SeenPart(part=part.name, encoding=text.encoding, delimiter=delimiter, rows=rows)


def _recognised(table: Table) -> Recognised:
    header = table.header
    known = set(header.columns.values())
    return Recognised(
        part=table.part,
        encoding=table.text.encoding,
        delimiter=header.delimiter,
        header_line=header.line + 1,
        header=[cell[:CELL] for cell in header.cells],
        layout=header.layout.name,
        title=header.layout.title,
        version=version_of(header.layout),
        known=_cells(header.cells, sorted(known)),
        unknown=_cells(header.cells, [place for place in range(len(header.cells)) if place not in known]),
        runners_up=list(header.runners_up),
    )


def _cells(cells: Sequence[str], places: list[int]) -> list[str]:
    return [cells[place][:CELL] for place in places]


def _first_lines(cleaned: Cleaned) -> list[dict[str, str | int | None]]:
    """Of the lines that were accepted, with amounts and dates as text."""
    accepted = pl.scan_parquet(cleaned.lines).filter(pl.col(REASON).is_null()).drop(REASON).head(LINES)
    numbers = ("source_row", "quantity")
    return accepted.with_columns(pl.exclude(numbers).cast(pl.String)).collect().to_dicts()
