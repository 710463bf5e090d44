"""The file as it came, to UTF-8 columns of text in batches: any usual encoding, delimiter and line break, gzip too."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import polars as pl
from polars.exceptions import PolarsError

from catalogue.services.imports.columns import COLUMNS, Mapping, map_header

BATCH: Final = 50_000  # rows
MOST_BYTES: Final = 2 * 1024**3  # unpacked
MOST_COLUMNS: Final = 500
CHUNK: Final = 1024 * 1024
DELIMITERS: Final = ",;\t|"
NUMBER: Final = "number"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS: Final = ((b"PK", "a workbook or zip archive"), (b"\xd0\xcf\x11\xe0", "a workbook"), (b"%PDF", "a PDF"))


class Unreadable(Exception):
    """The file is no table that can be imported; `code` is for programs, the text for the user."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Table:
    """UTF-8, one header line, cells parted by `delimiter`."""

    path: Path
    delimiter: str
    width: int
    mapping: Mapping


def open_table(path: Path, folder: Path) -> Table:
    """Raises `Unreadable`. `folder` takes the file as it is written anew."""
    text = _to_utf8(_unpacked(path, folder), folder / "text.csv")
    header = _header(text)
    delimiter, headers = _best_split(header)
    mapping = map_header(headers)
    if not mapping.has_identifier:
        raise Unreadable("no_identifier_column", "There is no column for the ISRC or the UPC: name one ISRC or UPC.")
    if len(headers) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", f"The file has more than {MOST_COLUMNS} columns.")
    if '"' in header or _has_quotes(text):
        text = _with_plain_quotes(text, folder / "cells.csv", delimiter, len(headers))
        delimiter = ","
    return Table(text, delimiter, len(headers), mapping)


def batches(table: Table) -> Iterator[pl.DataFrame]:
    """`number` (the header is row 1) and our columns as text, null where the file has none. Raises `Unreadable`."""
    rows = pl.scan_csv(
        table.path,
        separator=table.delimiter,
        quote_char='"',
        has_header=False,
        skip_rows=1,
        schema={f"c{place}": pl.String for place in range(table.width)},
        truncate_ragged_lines=True,
        extra_columns="ignore",
        row_index_name=NUMBER,
        row_index_offset=2,
        glob=False,
    )
    names = [_column(name, table.mapping.places) for name in COLUMNS]
    try:
        yield from rows.select(pl.col(NUMBER).cast(pl.Int32), *names).collect_batches(chunk_size=BATCH)
    except PolarsError as error:
        raise Unreadable("not_a_table", "The file cannot be read as a table: is it a CSV?") from error


def _column(name: str, places: dict[str, int]) -> pl.Expr:
    """Spaces and control characters become single spaces; what is empty is null."""
    if name not in places:
        return pl.lit(None, dtype=pl.String).alias(name)
    text = pl.col(f"c{places[name]}").str.replace_all(r"[\s\p{Cc}\u00a0\ufeff]+", " ").str.strip_chars()
    return pl.when(text != "").then(text).alias(name)


# --- bytes to text ---


def _unpacked(path: Path, folder: Path) -> Path:
    with path.open("rb") as file:
        head = file.read(4)
    for magic, what in _OTHER_KINDS:
        if head.startswith(magic):
            raise Unreadable("not_a_table", f"The file is {what}: save it as CSV.")
    if head[:2] != b"\x1f\x8b":
        return path
    target = folder / "unpacked"
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as file:
            _copy_limited(source, file)
    except (OSError, EOFError) as error:
        raise Unreadable("corrupt_file", "The gzip file is damaged.") from error
    return target


def _copy_limited(source: gzip.GzipFile, target: IO[bytes]) -> None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise Unreadable("too_large", f"The file has more than {MOST_BYTES} bytes.")
        target.write(chunk)


def _to_utf8(path: Path, target: Path) -> Path:
    """Without a byte order mark and NULs, lines ended by LF."""
    with (
        path.open(encoding=_encoding(path), errors="replace", newline=None) as source,
        target.open("w", encoding="utf-8", newline="\n") as file,
    ):
        try:
            while text := source.read(CHUNK):
                file.write(text.replace("\0", ""))
        except UnicodeError as error:
            raise Unreadable("corrupt_file", "The text of the file is damaged.") from error
    return target


def _encoding(path: Path) -> str:
    """By its mark; else UTF-16 where every other byte is zero, UTF-8 where that fits, and cp1252."""
    with path.open("rb") as file:
        head = file.read(4096)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        if head[1::2].count(0) > len(head) * 0.3:
            return "utf-16-le"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                decoder.decode(head)
                head = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


# --- text to cells ---


def _header(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        line = file.readline(CHUNK)
    if not line.strip():
        raise Unreadable("empty_file", "The file has no header in its first line.")
    return line.rstrip("\n")


def _best_split(header: str) -> tuple[str, list[str]]:
    """The delimiter that gives most columns we know."""
    splits = {delimiter: next(csv.reader([header], delimiter=delimiter)) for delimiter in DELIMITERS}
    best = max(splits, key=lambda delimiter: (len(map_header(splits[delimiter]).places), len(splits[delimiter])))
    return best, splits[best]


def _has_quotes(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b'"' in chunk for chunk in iter(lambda: file.read(CHUNK), b""))


def _with_plain_quotes(path: Path, target: Path, delimiter: str, width: int) -> Path:
    """Quotes as RFC 4180 has them, whatever the file does with them."""
    with path.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.reader(source, delimiter=delimiter)
        blank = [""] * width
        try:
            csv.writer(file, lineterminator="\n").writerows((row + blank)[:width] for row in rows)
        except csv.Error as error:
            text = f"A quote is opened and not closed near line {rows.line_num}."
            raise Unreadable("not_a_table", text) from error
    return target
