"""A table of text to a lazy frame of strings, one row a line, none lost.

The header line is written over with as many separators as it has cells: Polars then sees one column more than the
header names, in which the cells of lines that are too long come to light, and the names are ours ("c0", "c1", …).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.column_map import ColumnMap, column
from glider.cleaning.recognition.headers import Header
from glider.cleaning.recognition.metadata import NOTHING, Stated

ROW: Final = "row"  # 0-based, behind the header
SURPLUS: Final = "surplus"  # what stands behind the last cell of the header
HEAD_LINES: Final = 200


@dataclass(frozen=True)
class Table:
    """A part of a sales file with its header found. `part` names the member or sheet, empty for a plain file.

    `sheet`: its cells are never quoted. `made`: what a reader made of the text, as Parquet of strings: `c0` …, and
    `row`, which is 0 for the text's first line. `names`: its own and the file's; `stated`: what it says once for all
    of its lines.
    """

    text: Text
    header: Header
    part: str = ""
    sheet: bool = False
    made: Path | None = None
    names: tuple[str, ...] = ()
    stated: Stated = NOTHING

    @property
    def first_line(self) -> int:
        """The number, 1-based, of the line whose `row` is 0."""
        return self.header.line + 2 if self.made is None else 1

    @property
    def lines(self) -> int:
        """How many lines stand behind the header."""
        if self.made is not None:
            return int(pl.scan_parquet(self.made).select(pl.len()).collect().item())
        return self.text.lines - self.header.line - 1

    @property
    def quoting(self) -> bool:
        """Whether quotes hold cells together. In a sheet only where a whole line stands in its first cell."""
        return self.header.layout.file.quoting and not (self.sheet and self.header.delimiter == "\t")

    @property
    def columns(self) -> ColumnMap:
        return self.header.columns

    @property
    def every_column(self) -> list[str]:
        """`c0` … of the whole header, also of what the layout does not know."""
        return [column(place) for place in range(len(self.header.cells))]

    def scan(self, path: Path | None = None) -> pl.LazyFrame:
        """Columns `c0` … of strings, `surplus`, and `row`; an empty cell is an empty string."""
        if self.made is not None:
            return pl.scan_parquet(self.made).with_columns(pl.lit("").alias(SURPLUS))
        return pl.scan_csv(
            path or self.text.path,
            separator=self.header.delimiter,
            quote_char='"' if self.quoting else None,
            infer_schema=False,
            empty_string_is_null=False,
            truncate_ragged_lines=True,
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
    """The first lines as text, without their line breaks and without a byte order mark."""
    with path.open("rb") as file:
        lines = [line.rstrip(b"\r\n").decode("utf-8", "replace") for line in islice(file, most)]
    return [lines[0].removeprefix("\ufeff"), *lines[1:]] if lines else []


def write_over_header(path: Path, header: Header) -> None:
    """Make room for one column more. Done again, it changes nothing."""
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


def short_lines(table: Table, path: Path) -> list[int]:
    """The lines (1-based) with fewer cells than the header: counted in the raw text, where they still differ from
    lines whose last cells are empty. Only a line that holds no quote can be judged."""
    if table.made is not None:
        return []
    marks = len(table.header.cells) - 1
    raw = pl.scan_lines(path, row_index_name=ROW, row_index_offset=1, glob=False)
    short = raw.filter(
        (pl.col(ROW) >= table.first_line)
        & (pl.col("line").str.count_matches(table.header.delimiter, literal=True) < marks)
        & (pl.col("line").str.strip_chars() != "")
        & ~pl.col("line").str.contains('"', literal=True)
    )
    return short.select(ROW).collect(engine="streaming").to_series().to_list()


def without_broken_quotes(table: Table, folder: Path, *, strict: bool = False) -> tuple[Path, list[int]]:
    """A copy in which lines with quotes gone wrong are empty, and their numbers (1-based).

    Called when the table cannot be read as it is: a quote that is never closed would swallow the lines after it.
    A cell that goes on over several lines is judged line by line here and lost with them, each with its number.
    With `strict`, a quote within a cell that does not start with one is wrong too, though it has its fellow.
    """
    mark = _escaped(table.header.delimiter)
    inner = f'{mark}"' if strict else mark
    cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}][^{inner}]*|)'
    whole = rf"^{cell}(?:{mark}{cell})*\r?$"
    raw = pl.scan_lines(table.text.path, row_index_name=ROW, row_index_offset=1, glob=False)
    odd = pl.col("line").str.count_matches('"', literal=True) % 2 == 1
    broken = (pl.col(ROW) >= table.first_line) & (~pl.col("line").str.contains(whole) | odd)
    target = folder / f"{table.text.path.name}.{'strict' if strict else 'quotes'}"
    numbers = raw.filter(broken).select(ROW).collect(engine="streaming").to_series().to_list()
    kept = raw.select(pl.when(broken).then(pl.lit("")).otherwise(pl.col("line")))
    kept.sink_csv(target, include_header=False, quote_style="never", separator="\x01", check_extension=False)
    return target, numbers


def _escaped(delimiter: str) -> str:
    return {"\t": r"\t", "|": r"\|"}.get(delimiter, delimiter)
