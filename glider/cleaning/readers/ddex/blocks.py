"""Reads the records of a DDEX report in pieces of the file that contain whole blocks only.

The records of a block (a release or a resource, and what was sold of it) refer to each other, so a block is read as
one. Blocks are small and follow each other, so memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.readers.ddex import text
from glider.cleaning.readers.ddex.records import Cells
from glider.cleaning.readers.ddex.survey import KIND, LINE, record_lines
from glider.cleaning.recognition.csv_table import ROW
from glider.contract import Cause
from glider.errors import JobFailed

PIECE: Final = 8 * 1024 * 1024  # bytes
MOST_LINES_OF_BLOCK: Final = 2_000_000
CELLS: Final = "cells"
BLOCK: Final = "block"
_OF_BLOCKS: Final = r"^(?:RE|AS|LC|MW|CU|RC|SU|RU|LI|ST|ML|SR07)"


@dataclass(frozen=True)
class Piece:
    """Records of whole blocks: `row` (from 0), `kind`, `cells` (a list), `block` (null outside of blocks)."""

    records: pl.DataFrame
    places: Cells

    @property
    def blocks(self) -> int:
        """The number of blocks, as the report's foot counts them: a block that is begun again counts again."""
        names = self.records[BLOCK].drop_nulls()
        return int((names != names.shift(1)).fill_null(True).sum())

    def select(self, types: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
        """Return the records whose type starts with one of `types`, in the order of the file.

        Columns: `row`, `kind`, `block`, and the cells called `names`, null where a record has none.
        """
        kinds = [kind for kind in self.records[KIND].unique() if kind.startswith(tuple(types))]
        found = [self._of_kind(kind, names) for kind in sorted(kinds)]
        none = self.records.clear().select(ROW, KIND, BLOCK, *(pl.lit(None, pl.String).alias(name) for name in names))
        return pl.concat([none, *found]).sort(ROW)

    def _of_kind(self, kind: str, names: Sequence[str]) -> pl.DataFrame:
        cells = [_cell(self.places.place(kind, name)).alias(name) for name in names]
        return self.records.filter(pl.col(KIND) == kind).select(ROW, KIND, BLOCK, *cells)


def _cell(place: int | None) -> pl.Expr:
    if place is None:
        return pl.lit(None, dtype=pl.String)
    return pl.col(CELLS).list.get(place, null_on_oob=True).str.strip_chars()


def pieces(path: Path, places: Cells, size: int = PIECE) -> Iterator[Piece]:
    """Yield the whole report at `path` in pieces of about `size` bytes; raises `corrupt_file` for an endless block."""
    held = pl.DataFrame()
    row = 0
    for chunk in _chunks(path, size):
        records = _records(chunk, row)
        row += records.height
        ready, held = _before_last_block(pl.concat([held, records], how="diagonal"))
        if held.height > MOST_LINES_OF_BLOCK:
            raise JobFailed(Cause.CORRUPT_FILE, f"A block of the DDEX report has over {MOST_LINES_OF_BLOCK} records.")
        if ready.height:
            yield Piece(ready, places)
    if held.height:
        yield Piece(held, places)


def _chunks(path: Path, size: int) -> Iterator[bytes]:
    """Yield whole lines, about `size` bytes at a time."""
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk + file.readline()


def _records(chunk: bytes, first: int) -> pl.DataFrame:
    lines = pl.read_lines(chunk, name=LINE, row_index_name=ROW, row_index_offset=first)
    records = record_lines(lines).with_columns(text.cells(pl.col(LINE)).alias(CELLS)).drop(LINE)
    block = pl.when(pl.col(KIND).str.contains(_OF_BLOCKS)).then(pl.col(CELLS).list.get(1, null_on_oob=True))
    found: pl.DataFrame = records.with_columns(block.alias(BLOCK))
    return found


def _before_last_block(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `records` before the last block, which may go on in the next piece."""
    blocks = records[BLOCK].forward_fill() if records.height else pl.Series([], dtype=pl.String)
    last = blocks[-1] if len(blocks) else None
    if last is None:
        return records, records.clear()
    others = (blocks != last).fill_null(True).arg_true()
    start = int(others[-1]) + 1 if len(others) else 0
    return records[:start], records[start:]
