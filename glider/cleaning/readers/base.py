"""What a reader is: code that makes a table of strings where data cannot say how.

It tells from the first lines whether a text is its own, and makes of one or more texts (a report may come in several
files) tables with the columns that its layout names. Standardising, checking and rejecting go on from there as for
any other table; a made row keeps the number of the line it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import polars as pl
import pyarrow.parquet

from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.column_map import ColumnMap, column
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.recognition.headers import Header
from glider.cleaning.recognition.stated_totals import OwnTotal
from glider.contract import Check
from glider.layouts.layout import Layout
from glider.layouts.rules import header_key


@dataclass(frozen=True)
class Source:
    """A part as text; `name` is empty for a plain file."""

    text: Text
    name: str = ""
    sheet: bool = False


@dataclass(frozen=True)
class Made:
    """What a reader made: a table per source that has lines, and what the sources say of themselves."""

    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: tuple[OwnTotal, ...] = ()


class Reader(Protocol):
    """`lines` are the first of a text, without line breaks; `folder` takes what is made."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool: ...

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> Made: ...


def made_table(source: Source, layout: Layout, names: Sequence[str], made: Path) -> Table:
    """The table of `made` (see `Writer`), whose columns are called `names`."""
    header = Header(
        layout=layout,
        line=-1,
        delimiter="\t",
        cells=tuple(names),
        columns=ColumnMap(layout, {header_key(name): place for place, name in enumerate(names)}),
        preamble=(),
    )
    return Table(source.text, header, source.name, source.sheet, made)


class Writer:
    """Writes made rows as Parquet, frame by frame: the columns `names` as strings, and `row`, 0 for the first line."""

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
        """`frame` has `row`, and of `names` those that it knows."""
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


def numbered_lines(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    """The lines that hold something, with their numbers from 1."""
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
