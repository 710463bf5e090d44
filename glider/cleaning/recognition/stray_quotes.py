"""Tells a quoted cell of several lines from a block of lines between two stray quotes, and mends the latter.

A title such as `"Heroes` opens a quoted cell for every reader of CSV, and a later one that ends in a quote closes it:
all the lines between would be part of one title. They are known by their form: most of them have the cells of a whole
line of the table, which the lines of a real cell of several lines have not.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy
import polars as pl

from glider.cleaning.input.line_sets import LineSet
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.contract import Cause
from glider.errors import JobFailed

_AMOUNT: Final = re.compile(r"[^\w]*\w{0,3}[^\w]*\d[\d.,' \u00a0]*(?:[eE][+-]?\d+)?[^\w]*\w{0,3}\W*")
_QUOTED: Final = r'"[^"]*"'
MOST_ODD: Final = 500_000  # lines with a quote that is not closed
Numbers = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
Counts = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


@dataclass(frozen=True)
class MendedQuotes:
    """A copy at `path` in which stray quotes are text. `broken` are numbers, from 1, of lines emptied because their
    cells cannot be told apart."""

    path: Path
    broken: LineSet


@dataclass(frozen=True)
class _Lines:
    """`odd` has the lines with an odd number of quotes, by their number; `places` its numbers in order.

    `filled` and `whole`: how many of the lines before each of `places` are filled, or whole lines of the table.
    """

    odd: dict[int, str]
    places: Numbers
    filled: Counts
    whole: Counts
    own: Counts

    def filled_between(self, first: int, last: int) -> int:
        """How many of the lines after `first` and before `last`, two of `places` by their index, are filled."""
        return int(self.filled[last] - self.filled[first]) - 1  # a line with a quote is filled itself

    def whole_between(self, first: int, last: int) -> int:
        return int(self.whole[last] - self.whole[first] - self.own[first])


def mend_stray_quotes(table: Table, path: Path, folder: Path) -> MendedQuotes | None:
    """Write a copy of `path`, the text of `table`, with its stray quotes as text; None if no block of lines is lost.

    Lines keep their numbers. Cells of several lines that are sound are kept as they are.
    """
    if table.parquet is not None or not table.quoting:
        return None
    lines = _look(table, path)
    stray = _stray(table, lines)
    if not stray:
        return None
    texts = {number: _as_text(table, lines.odd[number]) for number in stray}
    target = folder / f"{path.name}.stray"
    _write(path, {number: text or "" for number, text in texts.items()}, target)
    broken = (number for number, text in texts.items() if text is None)
    return MendedQuotes(target, LineSet(table.text.lines, broken))


def _look(table: Table, path: Path) -> _Lines:
    """Look at the lines of sales; raises `JobFailed` where too many have a quote that is not closed."""
    line, mark = pl.col("line"), table.header.delimiter
    # Quoted cells are taken out before separators are counted, as they may hold some.
    bare = pl.when(line.str.contains('"', literal=True)).then(line.str.replace_all(_QUOTED, "")).otherwise(line)
    whole = bare.str.count_matches(mark, literal=True) == len(table.header.cells) - 1
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False).filter(
        pl.col(ROW) >= table.first_line
    )
    odd = raw.filter(line.str.count_matches('"', literal=True) % 2 == 1)
    texts = odd.select(ROW, "line", whole=whole).head(MOST_ODD + 1).collect(engine="streaming").sort(ROW)
    if texts.height > MOST_ODD:
        raise JobFailed(Cause.CORRUPT_FILE, f"More than {MOST_ODD:,} lines have a quote that is not closed.")
    places: Numbers = texts[ROW].cast(pl.Int64).to_numpy()
    counts = _counted(raw.select(ROW, filled=line.str.strip_chars() != "", whole=whole), places)
    return _Lines(
        dict(texts.select(ROW, "line").iter_rows()), places, *counts, own=texts["whole"].cast(pl.Int64).to_numpy()
    )


def _counted(lines: pl.LazyFrame, places: Numbers) -> tuple[Counts, Counts]:
    """How many of `lines` before each of `places` are filled, and how many are whole."""
    filled, whole = (numpy.zeros(len(places) + 1, dtype=numpy.int64) for _ in range(2))
    counting = threading.Lock()

    def count(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest()
        groups = numpy.searchsorted(places, frame[ROW].to_numpy(), side="right")
        with counting:
            for counts, name in ((filled, "filled"), (whole, "whole")):
                counts += numpy.bincount(groups[frame[name].to_numpy()], minlength=len(counts))
        return pl.Series(numpy.zeros(len(batch), dtype=numpy.bool_))

    if len(places):
        counted = pl.struct(ROW, "filled", "whole").map_batches(count, pl.Boolean, is_elementwise=True)
        lines.select(counted.alias("counted").any()).collect(engine="streaming")
    return numpy.cumsum(filled), numpy.cumsum(whole)


def _stray(table: Table, lines: _Lines) -> list[int]:
    """The numbers of the lines with a stray quote."""
    numbers, stray, place = list(lines.odd), [], 0
    while place + 1 < len(numbers):
        if _opens_no_cell(table, lines.odd[numbers[place]]) or _is_swallowed(table, lines, numbers, place):
            # The second quote may open a sound cell, so it is judged by the line with the next one.
            stray.append(numbers[place])
            place += 1
        else:
            place += 2
    left = numbers[place:]
    return [*stray, *left] if stray else []


def _is_swallowed(table: Table, lines: _Lines, numbers: list[int], place: int) -> bool:
    """Whether most lines from that at `place` to the next are whole lines of the table, so that no cell holds them."""
    ends = sum(_is_whole(table, lines.odd[number]) for number in numbers[place : place + 2])
    whole = lines.whole_between(place, place + 1) + ends
    return 2 * whole > lines.filled_between(place, place + 1) + 2


def _opens_no_cell(table: Table, line: str) -> bool:
    """Whether `line` is whole and its odd quote is within a cell, as in `12" mix`: only a cell's first can open it."""
    cells = _cells(line, table.header.delimiter)
    return _is_whole(table, line) and not any(cell.startswith('"') and _sound(cell) != cell for cell in cells)


def _is_whole(table: Table, line: str) -> bool:
    """Whether `line`, its quotes taken as text, has the table's cells and amounts in those of amounts."""
    cells = _cells(line, table.header.delimiter)
    if len(cells) != len(table.header.cells):
        return False
    amounts = [cells[int(name.removeprefix("c"))].strip(' "') for name in table.columns.amounts]
    return all(not amount or _AMOUNT.fullmatch(amount) for amount in amounts)


def _cells(line: str, delimiter: str) -> list[str]:
    """Split `line` at separators outside of sound quoted cells; cells keep their quotes."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'"(?:[^"]|"")*"(?={mark}|$)|[^{mark}]*')
    cells, start = [], 0
    while (found := cell.match(line, start)) is not None:
        cells.append(found.group())
        if found.end() >= len(line):
            break
        start = found.end() + 1
    return cells


def _as_text(table: Table, line: str) -> str | None:
    """`line` with every malformed cell quoted as it should be; None if its cells cannot be told apart."""
    cells = _cells(line, table.header.delimiter)
    if len(cells) != len(table.header.cells):
        return None
    return table.header.delimiter.join(_sound(cell) for cell in cells)


def _sound(cell: str) -> str:
    if '"' not in cell or re.fullmatch(r'"(?:[^"]|"")*"', cell):
        return cell
    enclosed = len(cell) > 1 and cell[0] == cell[-1] == '"'
    text = cell[1:-1] if enclosed else cell
    return '"' + text.replace('"', '""') + '"'


def _write(path: Path, texts: dict[int, str], target: Path) -> None:
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False)
    line = pl.col(ROW).replace_strict(texts, default=pl.col("line"), return_dtype=pl.String)
    # A separator that no text has keeps `sink_csv` from changing lines: each of them is one cell.
    raw.select(line).sink_csv(
        target, include_header=False, quote_style="never", separator="\x01", check_extension=False
    )
