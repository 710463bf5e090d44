"""Scans a table of text as a lazy frame of strings with a row for every line.

Before that, the header line is overwritten with as many separators as it has cells. Polars then reads one column more
than the header has, `surplus`, in which cells of lines that are too long show up; and it never sees the file's own
names, of which some are empty or come twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from glider.cleaning.input.blank_lines import BlankLines
from glider.cleaning.input.encoding import Text
from glider.cleaning.input.line_sets import LineSet, lines_in
from glider.cleaning.recognition.column_map import ColumnMap, column
from glider.cleaning.recognition.headers import Header
from glider.cleaning.recognition.metadata import NO_METADATA, FileMetadata
from glider.contract import NO_ANSWERS, Answers

ROW: Final = "row"  # counted from 0, the first line after the header
MOST_CELLS: Final = 2_000_000  # read at a time
LEAST_CHUNK: Final = 64 * 1024  # bytes; a line may be longer
MOST_CHUNK: Final = 1024**3
SURPLUS: Final = "surplus"  # the first cell beyond the last column of the header
HEAD_LINES: Final = 200  # in which headers are searched: the most that a layout's `header_within` may be


class Joined(Protocol):
    """What the text of a table was put together of (`glider.cleaning.joined_tables`)."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of which the text has the lines."""

    def numbers(self, lines: pl.Expr) -> pl.Expr:
        """Return the numbers, in its own member, of lines of the text."""

    def members(self, lines: pl.Expr) -> pl.Expr:
        """Return the names of the members of lines of the text, as interned texts."""


@dataclass(frozen=True)
class Table:
    """A table of a sales file whose header was found.

    `member` is the name of the member or sheet it is from, empty for a plain file; in a `sheet` cells are never quoted.
    `parquet` is what a reader made of the text, if its layout has one: strings `c0`, `c1`, … and `row`, which is 0 for
    the first line of the text. `names` are the member's and the file's; `metadata` is what holds for all lines;
    `answers` are a person's, where the file does not decide. `blanks` are lines of the file that were taken out of the
    text; `joined`, what the text was put together of.
    """

    text: Text
    header: Header
    member: str = ""
    sheet: bool = False
    parquet: Path | None = None
    names: tuple[str, ...] = ()
    metadata: FileMetadata = NO_METADATA
    answers: Answers = NO_ANSWERS
    blanks: BlankLines | None = None
    joined: Joined | None = None

    @property
    def first_line(self) -> int:
        """The number, counted from 1, of the line whose `row` is 0."""
        return self.header.line + 2 if self.parquet is None else 1

    @property
    def lines(self) -> int:
        """The number of lines after the header, or of rows that the reader made."""
        if self.parquet is not None:
            return int(pl.scan_parquet(self.parquet).select(pl.len()).collect().item())
        return self.text.lines - self.header.line - 1

    @property
    def rows_of_line(self) -> int:
        """The number of rows that a line is staged as: one for each kind of sale."""
        return len(self.columns.kinds) or 1

    @property
    def lines_of_file(self) -> int:
        """The number of lines of the file, with the header and with blank ones that were taken out."""
        return self.text.lines - self.lines_of_header + self.all_headers + (self.blanks.count if self.blanks else 0)

    @property
    def lines_of_header(self) -> int:
        """How many lines there are up to the header, and with it."""
        return self.header.line + 1

    @property
    def all_headers(self) -> int:
        """`lines_of_header` of all tables that were joined."""
        return self.lines_of_header * (len(self.joined.tables) if self.joined else 1)

    def numbers_in_file(self, numbers: pl.Expr) -> pl.Expr:
        """The numbers, from 1, that lines of the text with these `numbers` have in the file, or in their member."""
        if self.joined is not None:
            return self.joined.numbers(numbers)
        return numbers if self.blanks is None else self.blanks.original_column(numbers - 1) + 1

    def number_in_file(self, number: int) -> int:
        """`numbers_in_file` for one line."""
        return int(pl.select(self.numbers_in_file(pl.lit(number, dtype=pl.Int64))).item())

    @property
    def quoting(self) -> bool:
        """Whether double quotes enclose cells; in a sheet only if whole lines of CSV stand in its first column."""
        return self.header.layout.file.quoting and not (self.sheet and self.header.delimiter == "\t")

    @property
    def chunk(self) -> int:
        """How many bytes of the text hold no more than `MOST_CELLS`: each costs as much memory, however short it is."""
        rows = MOST_CELLS // (len(self.header.cells) + 1)
        return max(LEAST_CHUNK, int(rows / self.text.density)) if self.text.density else MOST_CHUNK

    @property
    def columns(self) -> ColumnMap:
        return self.header.columns

    @property
    def every_column(self) -> list[str]:
        """The columns of the whole header, also those that the layout does not know."""
        return [column(place) for place in range(len(self.header.cells))]

    def scan(self, path: Path | None = None) -> pl.LazyFrame:
        """Scan the table, or a mended copy at `path`: `every_column`, `surplus`, `row`. Empty cells are empty texts."""
        if self.parquet is not None:
            return pl.scan_parquet(self.parquet).with_columns(pl.lit("").alias(SURPLUS))
        return pl.scan_csv(
            path or self.text.path,
            separator=self.header.delimiter,
            quote_char='"' if self.quoting else None,
            infer_schema=False,
            empty_string_is_null=False,
            truncate_ragged_lines=True,  # cells after `surplus` need not be kept: the line is rejected for one
            row_index_name=ROW,
            glob=False,
            **self._names(),
        )

    def _names(self) -> dict[str, Any]:
        names = [*self.every_column, SURPLUS]
        if self.header.line < 0:
            schema = dict.fromkeys(names, pl.String)
            return {"has_header": False, "schema": schema, "missing_columns": "insert", "extra_columns": "ignore"}
        return {"has_header": True, "new_columns": names, "skip_lines": self.header.line}


def head_lines(path: Path, most: int = HEAD_LINES) -> list[str]:
    """Read the first `most` lines, without line breaks and without a byte order mark."""
    with path.open("rb") as file:
        lines = [line.rstrip(b"\r\n").decode("utf-8", "replace") for line in islice(file, most)]
    return [lines[0].removeprefix("\ufeff"), *lines[1:]] if lines else []


def write_over_header(path: Path, header: Header) -> None:
    """Overwrite the header line at `path`, keeping its length, so that Polars reads `surplus`. Idempotent."""
    if header.line < 0:
        return
    with path.open("r+b") as file:
        for _ in range(header.line):
            file.readline()
        start = file.tell()
        room = len(file.readline().rstrip(b"\r\n"))
        marks = header.delimiter.encode() * len(header.cells)
        file.seek(start)
        file.write(marks + b"x" * (room - len(marks)))


def short_lines(table: Table, path: Path) -> LineSet:
    """Return the numbers, from 1, of the lines at `path` with fewer cells than the header.

    They are found in the raw text: in the scanned table they look like lines whose last cells are empty. A line with a
    quote in it is not judged, as its separators may be part of a cell.
    """
    if table.parquet is not None:
        return LineSet(0)
    marks = len(table.header.cells) - 1
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False)
    short = raw.filter(
        (pl.col(ROW) >= table.first_line)
        & (pl.col("line").str.count_matches(table.header.delimiter, literal=True) < marks)
        & (pl.col("line").str.strip_chars() != "")
        & ~pl.col("line").str.contains('"', literal=True)
    )
    return lines_in(short, ROW, table.text.lines)


def write_without_broken_quotes(
    table: Table, path: Path, folder: Path, *, strict: bool = False
) -> tuple[Path, LineSet]:
    """Write a copy of `path`, the table's text, in which lines with malformed quotes are empty.

    Returns the copy's path and the numbers of these lines, from 1.

    Needed when Polars cannot read the table as it is: a quote that is never closed takes in the lines after it. A valid
    cell of several lines is judged line by line here, so its lines are emptied and rejected too. With `strict`, a pair
    of quotes within a cell that does not start with a quote counts as malformed as well.
    """
    mark = _escaped(table.header.delimiter)
    inner = f'{mark}"' if strict else mark
    # Quoted with inner quotes doubled, or not quoted, or empty.
    cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}][^{inner}]*|)'
    whole = rf"^{cell}(?:{mark}{cell})*\r?$"
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False)
    odd = pl.col("line").str.count_matches('"', literal=True) % 2 == 1
    broken = (pl.col(ROW) >= table.first_line) & (~pl.col("line").str.contains(whole) | odd)
    target = folder / f"{path.name}.{'strict' if strict else 'quotes'}"
    numbers = lines_in(raw.filter(broken), ROW, table.text.lines)
    kept = raw.select(pl.when(broken).then(pl.lit("")).otherwise(pl.col("line")))
    # A separator that no text has keeps `sink_csv` from changing lines: each of them is one cell.
    kept.sink_csv(target, include_header=False, quote_style="never", separator="\x01", check_extension=False)
    return target, numbers


def _escaped(delimiter: str) -> str:
    return {"\t": r"\t", "|": r"\|"}.get(delimiter, delimiter)
