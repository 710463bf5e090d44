"""Where a file of text may be cut so that its parts are read as the whole would be: at line breaks outside of quotes.

A line break is outside of quotes when the number of quotes before it is even, which is also how the engine parts
lines. A file in which that cannot be relied on (a quote that is never closed, a quoted cell that goes on over several
lines but is not well formed) is not cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy
import polars as pl

from glider.cleaning.reading import Table

CHUNK: Final = 8 * 1024 * 1024
LONGEST: Final = 1024 * 1024  # bytes of a row that goes on over several lines
_FEED, _QUOTE = 10, 34


@dataclass(frozen=True)
class Span:
    """A part of a file: bytes from `start` up to `end`, and how many lines there are before and in it."""

    start: int
    end: int
    before: int
    lines: int


@dataclass(frozen=True)
class _Break:
    """A line break between two rows: `at` is the byte behind it; `lines` of the file and `rows` of the table stand
    before `at`."""

    at: int
    lines: int
    rows: int


class _Unclear(Exception):
    """The quotes do not say where the lines end."""


def cut(table: Table, size: int, stop: int | None = None) -> list[Span]:
    """The lines behind the header in spans of about `size` bytes; fewer than two when the file cannot be cut.

    None begins behind the row `stop` (0-based, behind the header): the summary that begins there is read in one piece.
    """
    path = table.text.path
    end, start = path.stat().st_size, _end_of_header(table)
    try:
        found = list(_breaks(table, _targets(start, end, size)))
    except _Unclear:
        return []
    places = [
        _Break(start, table.header.line + 1, 0),
        *(at for at in found if at.at < end and (stop is None or at.rows <= stop)),
    ]
    ends = [*places[1:], _Break(end, table.text.lines, 0)]
    return [Span(one.at, other.at, one.lines, other.lines - one.lines) for one, other in zip(places, ends, strict=True)]


def _end_of_header(table: Table) -> int:
    with table.text.path.open("rb") as file:
        for _ in range(table.header.line + 1):
            file.readline()
        return file.tell()


def _targets(start: int, end: int, size: int) -> list[int]:
    number = max(1, round((end - start) / size))
    return [start + (end - start) * part // number for part in range(1, number)]


def _breaks(table: Table, targets: list[int]) -> Iterator[_Break]:
    """The first break at or behind each target. Raises `_Unclear`; so it has to be read to its end."""
    wanted = iter(targets)
    target = next(wanted, None)
    lines, rows = table.header.line + 1, 0
    for chunk in _chunks(table):
        while target is not None and (place := chunk.first_break(target)) is not None:
            at, breaks = place
            yield _Break(at, lines + int(numpy.searchsorted(chunk.feeds, at)), rows + breaks)
            target = next((later for later in wanted if later > at), None)
        lines, rows = lines + len(chunk.feeds), rows + len(chunk.ends)


@dataclass(frozen=True)
class _Chunk:
    """`feeds`: where its line breaks are; `ends`: those that end a row. Both as places in the file."""

    feeds: numpy.ndarray
    ends: numpy.ndarray

    def first_break(self, target: int) -> tuple[int, int] | None:
        """The byte behind the first end of a row at or behind `target`, and how many ends there are up to it."""
        place = int(numpy.searchsorted(self.ends, target - 1))
        return (int(self.ends[place]) + 1, place + 1) if place < len(self.ends) else None


def _chunks(table: Table) -> Iterator[_Chunk]:
    """The file behind its header. Raises `_Unclear`."""
    place, quotes, look = _end_of_header(table), 0, _Look(table)
    with table.text.path.open("rb") as file:
        file.seek(place)
        while content := file.read(CHUNK):
            view = numpy.frombuffer(content, dtype=numpy.uint8)
            feeds = numpy.flatnonzero(view == _FEED)
            marks = numpy.flatnonzero(view == _QUOTE) if table.quoting else feeds[:0]
            inside = (numpy.searchsorted(marks, feeds) + quotes) % 2 == 1
            quotes += len(marks)
            look.at(place + feeds[~inside], place + feeds[inside])
            yield _Chunk(place + feeds, place + feeds[~inside])
            place += len(content)
    look.end(place, open=quotes % 2 == 1)


class _Look:
    """Looks at every row that goes on over several lines; raises `_Unclear` for one that is not well formed."""

    def __init__(self, table: Table) -> None:
        mark = {"\t": r"\t", "|": r"\|"}.get(table.header.delimiter, table.header.delimiter)
        cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}\n]*)'
        self.whole = rf"^{cell}(?:{mark}{cell})*\r?\n?$"
        self.path = table.text.path
        self.last = _end_of_header(table)  # the byte behind the last end of a row
        self.begun: int | None = None  # where a row began that goes on

    def at(self, ends: numpy.ndarray, inside: numpy.ndarray) -> None:
        """The ends of rows of a chunk, and its line breaks inside of rows."""
        starts = numpy.concatenate(([self.last], ends + 1))
        holding = numpy.unique(numpy.searchsorted(ends, inside))
        if self.begun is not None and len(ends):
            holding = numpy.union1d(holding, [0])
        closed = holding[holding < len(ends)].astype(int)
        self._refuse_malformed(starts[closed], ends[closed] + 1)
        if len(ends):
            self.begun = None
        if len(holding) and holding[-1] == len(ends):
            self.begun = int(starts[-1])
        self.last = int(starts[-1])

    def end(self, size: int, *, open: bool) -> None:
        if open:
            raise _Unclear
        if self.begun is not None:
            self._refuse_malformed(numpy.array([self.begun]), numpy.array([size]))

    def _refuse_malformed(self, starts: numpy.ndarray, ends: numpy.ndarray) -> None:
        if len(starts) == 0:
            return
        if (ends - starts).max() > LONGEST:
            raise _Unclear
        rows = pl.Series(_read(self.path, starts, ends), dtype=pl.Binary).cast(pl.String, strict=False)
        if not rows.str.contains(self.whole).fill_null(False).all():
            raise _Unclear


def _read(path: Path, starts: numpy.ndarray, ends: numpy.ndarray) -> list[bytes]:
    with path.open("rb") as file:
        found = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            file.seek(start)
            found.append(file.read(end - start))
    return found
