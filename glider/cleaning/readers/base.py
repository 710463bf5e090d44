"""What a reader is: code that makes tables of a kind of file that is none.

It recognises its kind of text by the first lines, and makes tables of one or more texts (a report may come in several
files), with the columns that its layout names. From there they are normalised and checked like any other table. Each
row keeps the number of the line it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import polars as pl
import pyarrow.parquet

from glider.checks import check
from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.column_map import ColumnMap, column
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.recognition.headers import Header
from glider.cleaning.recognition.stated_totals import StatedTotal
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.rules import header_key


@dataclass(frozen=True)
class Source:
    """The text of a member, with its `name` (empty for a plain file) and whether it is a `sheet`."""

    text: Text
    name: str = ""
    sheet: bool = False


@dataclass(frozen=True)
class ReaderOutput:
    """What a reader makes of its sources: tables, and the counts and totals that the sources state of themselves."""

    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: tuple[StatedTotal, ...] = ()


class Reader(Protocol):
    """The two things that a reader of a layout does."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool:
        """Whether a text with these first `lines`, without line breaks, is of the reader's kind."""
        ...

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> ReaderOutput:
        """Make tables of `sources`, all of one container, as Parquet in `folder`; raises `JobFailed`."""
        ...


def lines_check(source: Source, *, above: int, rows: int, breaks: int) -> Check:
    """The control total of the lines of `source`, of which `above` are not read: none was lost between two quotes."""
    where = f" ({source.name})" if source.name else ""
    found = above + rows + breaks
    return check(f"lines of the file = rows read + line breaks in cells{where}", source.text.lines, found)


def refuse_swallowed(rows: pl.LazyFrame, cells: Sequence[str], line: str) -> None:
    """Raise `JobFailed` if one of `cells` of `rows` holds a whole line, known by the regular expression `line`: a stray
    quote took in the lines after it. `row` is the line, from 0, on which a row starts."""
    inner = pl.any_horizontal(pl.col(name).str.contains(rf"\n(?:{line})") for name in cells)
    found = rows.filter(inner).select(pl.col(ROW).min()).collect(engine="streaming").item()
    if found is not None:
        message = f"A quote in line {found + 1} is never closed, so the lines after it would be part of one cell."
        raise JobFailed(Cause.CORRUPT_FILE, f"{message} Expected: quotes around a whole cell, doubled inside it.")


def breaks_in(cells: Sequence[str]) -> pl.Expr:
    """The number of line breaks within `cells` of a row."""
    return pl.sum_horizontal(pl.col(name).fill_null("").str.count_matches("\n", literal=True) for name in cells)


def table_of_rows(source: Source, layout: Layout, names: Sequence[str], rows: Path) -> Table:
    """The table whose `rows` a `RowWriter` wrote, with columns called `names`."""
    header = Header(
        layout=layout,
        line=-1,
        delimiter="\t",
        cells=tuple(names),
        columns=ColumnMap(layout, {header_key(name): place for place, name in enumerate(names)}),
        preamble=(),
    )
    return Table(source.text, header, source.name, source.sheet, rows)


class RowWriter:
    """Writes rows as Parquet, frame by frame: the columns `names` as strings, and `row`, 0 for the text's first line.

    Memory does not grow with the rows. A context manager: the file is complete when it is left.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.names = tuple(names)
        self._schema = self._arrow(self._shaped(pl.DataFrame({ROW: []}, schema={ROW: pl.UInt32}))).schema

    def __enter__(self) -> Self:
        self._file = pyarrow.parquet.ParquetWriter(self.path, self._schema, compression="lz4")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, frame: pl.DataFrame) -> None:
        """Append `frame`, which has `row` and any of `names`; cells of the others are empty. Its order is kept."""
        if frame.height:
            self._file.write_table(self._arrow(self._shaped(frame)))

    def _shaped(self, frame: pl.DataFrame) -> pl.DataFrame:
        cells = [_cells(frame, name).alias(column(place)) for place, name in enumerate(self.names)]
        return frame.select(*cells, pl.col(ROW).cast(pl.UInt32))

    @staticmethod
    def _arrow(frame: pl.DataFrame) -> pyarrow.Table:
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _cells(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("") if name in frame.columns else pl.lit("", dtype=pl.String)
