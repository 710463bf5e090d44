"""The file of an import as columns of text in batches, from any usual encoding, delimiter and line break, or gzip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from catalogue.services.imports.columns import COLUMNS, Mapping, map_header
from catalogue.services.imports.sound_rows import SEPARATOR, Form, strict_cells, write_rows
from oas.kernel.config import config
from oas.kernel.intake.text_intake import (
    DELIMITERS,
    GZIP,
    OLD_OFFICE,
    ZIP,
    Unreadable,
    Wanted,
    inflate,
    inflate_limit,
    open_text,
)

BATCH: Final = 50_000  # rows
BATCH_BYTES: Final = 16 * 1024 * 1024  # of a batch whose rows are long, so that memory does not grow with them
LONGEST: Final = 10_000  # characters of a cell; what is longer is cut, and one character longer than this
MOST_BYTES: Final = 2 * 1024**3  # unpacked
MOST_COLUMNS: Final = 500
NUMBER: Final = "number"
BROKEN: Final = "broken"
WANTED: Final = Wanted(noun="catalogue", forms="CSV")
_IDENTIFIERS: Final = ("isrc", "upc")


@dataclass(frozen=True)
class Table:
    """A file as `write_rows` makes it, of `rows` rows; the file's header had `width` cells."""

    path: Path
    width: int
    mapping: Mapping
    rows: int


def open_table(path: Path, folder: Path) -> Table:
    """Read the file at `path` up to rows that `batches` takes; `folder` takes copies. Raises `Unreadable`."""
    longest = config().max_line_bytes
    text = open_text(_unpacked(path, folder), folder, longest_line=longest, wanted=WANTED)
    delimiter, headers = _best_split(_header(text.path))
    mapping = map_header(headers)
    if not mapping.has_identifier:
        raise Unreadable("no_identifier_column", "There is no column for the ISRC or the UPC: name one ISRC or UPC.")
    if len(headers) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", f"The file has more than {MOST_COLUMNS} columns.")
    identifiers = [mapping.places[name] for name in _IDENTIFIERS if name in mapping.places]
    rows = write_rows(text.path, folder / "rows", Form(delimiter, identifiers, longest))
    return Table(folder / "rows", len(headers), mapping, rows)


def batches(table: Table) -> Iterator[pl.DataFrame]:
    """Yield `number` (the header is row 1), `broken` and our columns as text, null where the file has none.

    `broken` is the text of a line whose quotes cannot be read; such a row has nothing else. Raises `Unreadable`, also
    when fewer or more rows come than the file has.
    """
    read = 0
    try:
        for batch in _scan(table).collect_batches(chunk_size=_batch_rows(table)) if table.rows else ():
            read += batch.height
            yield batch
    except PolarsError as error:
        raise Unreadable("not_a_table", "The file cannot be read as a table: is it a CSV?") from error
    if read != table.rows:
        raise Unreadable("not_a_table", f"Of the {table.rows} rows of the file {read} could be read.")


def _scan(table: Table) -> pl.LazyFrame:
    places = (f"c{place}" for place in range(table.width))
    rows = pl.scan_csv(
        table.path,
        separator=SEPARATOR,
        quote_char=None,
        has_header=False,
        schema=dict.fromkeys((NUMBER, BROKEN, *places), pl.String),
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,
    )
    columns = [_column(name, table.mapping.places) for name in COLUMNS]
    return rows.select(pl.col(NUMBER).cast(pl.Int32), _text(BROKEN).alias(BROKEN), *columns)


def _batch_rows(table: Table) -> int:
    return max(1, min(BATCH, BATCH_BYTES * table.rows // table.path.stat().st_size))


def _column(name: str, places: dict[str, int]) -> pl.Expr:
    if name not in places:
        return pl.lit(None, dtype=pl.String).alias(name)
    return _text(f"c{places[name]}").alias(name)


def _text(column: str) -> pl.Expr:
    """Spaces and control characters become single spaces; what is empty is null.

    A cell of more than `LONGEST` characters ends in an ellipsis as its next one. It is cut before anything is done with
    it: a gigabyte of such cells took a gigabyte of memory.
    """
    cell = pl.col(column)
    cut = cell.str.slice(0, LONGEST)
    text = cut.str.replace_all(r"[\s\p{Cc}\u00a0\ufeff]+", " ").str.strip_chars()
    long = cell.str.len_chars() > LONGEST
    return pl.when(long).then(pl.concat_str(cut, pl.lit("…"))).when(text != "").then(text)


def _unpacked(path: Path, folder: Path) -> Path:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith((*ZIP, OLD_OFFICE)):
        raise Unreadable("not_a_table", "The file is a workbook or zip archive: save it as CSV.")
    if not head.startswith(GZIP):
        return path
    most = min(MOST_BYTES, config().max_unpacked_bytes)
    limit = inflate_limit(path.stat().st_size, most=most, ratio=config().max_unpacked_ratio)
    inflate(path, folder / "unpacked", most=limit)
    return folder / "unpacked"


def _header(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        line = file.readline()
    if not line.strip():
        raise Unreadable("empty_file", "The file has no header in its first line.")
    return line.rstrip("\r\n").replace("\r", " ")


def _best_split(header: str) -> tuple[str, list[str]]:
    """The delimiter that gives most columns we know, and the cells it gives. Raises `Unreadable`."""
    delimiters = [delimiter for delimiter in DELIMITERS if delimiter in header] or [","]
    splits = {delimiter: cells for delimiter in delimiters if (cells := strict_cells(header, delimiter)) is not None}
    if not splits:
        why = "a quote is opened and not closed, text follows a closed one, or a cell has more than 131,072 characters"
        raise Unreadable("not_a_table", f"The header (line 1) cannot be read: {why}.")
    best = max(splits, key=lambda delimiter: (len(map_header(splits[delimiter]).places), len(splits[delimiter])))
    return best, splits[best]
