"""Lines to rows: quotes hold cells together as in RFC 4180, and no line is lost to a quote that is never closed.

Every line of the file is in exactly one row: it is a row of its own, it goes on in a cell whose quotes are sound, or it
is blank. A line whose quotes cannot be read becomes a row without cells, to be rejected, and the next line is read on
its own: a quote left open takes no other row with it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from oas.kernel.match_keys import ISRC

SEPARATOR: Final = "\x1f"  # the unit separator of ASCII, which no cell holds: control characters become spaces
MOST_SHOWN: Final = 200  # characters of a line that is rejected
_ISRC: Final = re.compile(ISRC)
_UPC: Final = re.compile("[0-9]{8}|[0-9]{12,14}")
_FILLING: Final = re.compile(r"[\s\"'-]")


@dataclass(frozen=True)
class Form:
    """How the rows of a file are written. `identifiers`: the places of the columns for ISRC and UPC, from 0."""

    delimiter: str
    identifiers: Sequence[int]
    longest: int  # characters that one row may take up


def write_rows(source: Path, target: Path, form: Form) -> int:
    """Write the rows below the header of `source` to `target`, one a line; returns how many.

    A line has the row's number as a spreadsheet counts (the header is row 1), then the text of the line if its quotes
    cannot be read, then the cells, all separated by `SEPARATOR` and without quotes. Blank lines count and are left out.
    """
    written = 0
    with source.open(encoding="utf-8", newline="\n") as file, target.open("w", encoding="utf-8", newline="\n") as rows:
        lines = _Lines(file)
        next(lines, None)  # the header
        for number, row in enumerate(_rows(lines, form), start=2):
            if row:
                rows.write(f"{number}{SEPARATOR}{row}\n")
                written += 1
    return written


def strict_cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line; None when its quotes are not sound, or a cell has more than 131,072 characters."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


class _Lines:
    """The lines of a file without their line breaks; `number` is that of the last one. Lines can be given back."""

    def __init__(self, file: IO[str]) -> None:
        self.number = 0
        self._file = file
        self._back: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._clean(next(self._file))
        self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    @staticmethod
    def _clean(line: str) -> str:
        # A carriage return within a line is a slip, not a line break; the csv module would refuse the line for it.
        return line.rstrip("\r\n").replace("\r", " ").replace(SEPARATOR, " ")


def _rows(lines: _Lines, form: Form) -> Iterator[str]:
    """Each row as it is written, but for its number; empty for a blank line."""
    for line in lines:
        if '"' not in line:
            yield f"{SEPARATOR}{line.replace(form.delimiter, SEPARATOR)}" if line.strip() else ""
            continue
        number = lines.number
        cells = _sound_cells(line, lines, form)
        if cells is None:
            yield f"line {number}: {line}"[:MOST_SHOWN]
        else:
            yield SEPARATOR.join(["", *cells]).replace("\n", " ")


def _sound_cells(line: str, lines: _Lines, form: Form) -> list[str] | None:
    """The cells of the row that begins with `line`, which may go on in `lines`; None when its quotes are not sound.

    Strict reading ends at the first quote that neither closes its cell nor is doubled, so the lines looked at in vain
    are at most those up to the next quote: the file is read about twice at worst, however many quotes are left open.
    """
    taken: list[str] = []
    try:
        cells = next(csv.reader(_going_on(line, lines, taken, form), delimiter=form.delimiter, strict=True))
    except csv.Error:
        cells = None
    if cells is None or (taken and _swallows_a_row(cells, form)):
        lines.give_back(taken)
        return None
    return cells


def _going_on(line: str, lines: _Lines, taken: list[str], form: Form) -> Iterator[str]:
    """`line`, then as many of `lines` as are asked for, noted in `taken`, until the row is too long to be one."""
    size = len(line)
    yield f"{line}\n"
    for following in lines:
        taken.append(following)
        size += len(following)
        if size > form.longest:
            return
        yield f"{following}\n"


def _swallows_a_row(cells: Sequence[str], form: Form) -> bool:
    """Whether a cell of several lines has an identifier where the file has its identifiers: then it is several rows.

    A quote left open in one row and a lone inch sign at the end of a later cell (`7"`) look like sound quotes, and all
    rows between them like one cell.
    """
    for place, cell in enumerate(cells):
        first, *others = cell.split("\n")
        if others:
            beside = [""] * (place + 1) + first.split(form.delimiter)[1:]
            if any(_has_identifier(row, form) for row in (beside, *(line.split(form.delimiter) for line in others))):
                return True
    return False


def _has_identifier(cells: Sequence[str], form: Form) -> bool:
    found = (_FILLING.sub("", cells[place]).upper() for place in form.identifiers if len(cells) > max(place, 1))
    return any(_ISRC.fullmatch(text) or _UPC.fullmatch(text) for text in found)
