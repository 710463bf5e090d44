"""Tells a quoted cell of several lines from a block of lines between two stray quotes, and mends the latter.

A title such as `"Heroes` opens a quoted cell for every reader of CSV, and a later one that ends in a quote closes it:
all the lines between would be part of one title. They are known by their form: most of them have the cells of a whole
line of the table, which the lines of a real cell of several lines have not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy
import polars as pl

from glider.cleaning.recognition.csv_table import ROW, Table

_AMOUNT: Final = re.compile(r"[^\w]*\w{0,3}[^\w]*\d[\d.,' \u00a0]*(?:[eE][+-]?\d+)?[^\w]*\w{0,3}\W*")
_QUOTED: Final = r'"[^"]*"'
Counts = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


@dataclass(frozen=True)
class MendedQuotes:
    """A copy at `path` in which stray quotes are text. `broken` are numbers, from 1, of lines emptied because their
    cells cannot be told apart."""

    path: Path
    broken: tuple[int, ...]


@dataclass(frozen=True)
class _Lines:
    """The lines of sales at `path`: the number of the first, and running counts of filled and of whole lines.

    `odd` has the lines with an odd number of quotes, by their number.
    """

    odd: dict[int, str]
    first: int
    filled: Counts
    whole: Counts

    def between(self, counts: Counts, first: int, last: int) -> int:
        """How many of the lines after `first` and before `last` are in `counts`."""
        return int(counts[last - self.first] - counts[first - self.first + 1])


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
    return MendedQuotes(target, tuple(number for number, text in texts.items() if text is None))


def _look(table: Table, path: Path) -> _Lines:
    line, mark = pl.col("line"), table.header.delimiter
    # Quoted cells are taken out before separators are counted, as they may hold some.
    bare = pl.when(line.str.contains('"', literal=True)).then(line.str.replace_all(_QUOTED, "")).otherwise(line)
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False).filter(
        pl.col(ROW) >= table.first_line
    )
    odd = line.str.count_matches('"', literal=True) % 2 == 1
    marks = len(table.header.cells) - 1
    seen = raw.select(
        filled=line.str.strip_chars() != "", whole=bare.str.count_matches(mark, literal=True) == marks, odd=odd
    ).collect(engine="streaming")
    texts = raw.filter(odd).select(ROW, "line").collect(engine="streaming") if seen["odd"].any() else None
    return _Lines(
        odd=dict(texts.iter_rows()) if texts is not None else {},
        first=table.first_line,
        filled=_running(seen["filled"]),
        whole=_running(seen["whole"]),
    )


def _running(found: pl.Series) -> Counts:
    return numpy.concatenate(([0], numpy.cumsum(found.to_numpy(), dtype=numpy.int64)))


def _stray(table: Table, lines: _Lines) -> list[int]:
    """The numbers of the lines with a stray quote."""
    numbers, stray, place = list(lines.odd), [], 0
    while place + 1 < len(numbers):
        if _opens_no_cell(table, lines.odd[numbers[place]]) or _is_swallowed(table, lines, *numbers[place : place + 2]):
            # The second quote may open a sound cell, so it is judged by the line with the next one.
            stray.append(numbers[place])
            place += 1
        else:
            place += 2
    left = numbers[place:]
    return [*stray, *left] if stray else []


def _is_swallowed(table: Table, lines: _Lines, first: int, last: int) -> bool:
    """Whether most of the lines from `first` to `last` are whole lines of the table, so that no cell holds them all."""
    ends = sum(_is_whole(table, lines.odd[number]) for number in (first, last))
    whole = lines.between(lines.whole, first, last) + ends
    return 2 * whole > lines.between(lines.filled, first, last) + 2


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
