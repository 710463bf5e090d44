"""Reads cross-tabs: a row per artist, a column per month, an amount in each cell, sums at the end of both.

Every cell with an amount becomes a sale line; the lines of a row have its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.readers.base import (
    ReaderOutput,
    RowWriter,
    Source,
    breaks_in,
    lines_check,
    refuse_swallowed,
    table_of_rows,
)
from glider.cleaning.recognition.csv_table import ROW, head_lines
from glider.cleaning.recognition.stated_totals import StatedTotal, amount_of
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from oas.kernel.intake.text_intake import DELIMITERS, split

HEADER_WITHIN: Final = 40  # lines from the top
MOST_LINES: Final = 2_000_000  # a line per artist; all of them are held in memory
_CORNERS: Final = ("artista", "artist")
_TOTALS: Final = ("suma total", "grand total", "total general", "total")
_NUMERIC: Final = (
    re.compile(r"(?P<y>\d{4})[-/. ]?(?P<m>\d{1,2})(?:[-/.]\d{1,2})?(?: 00:00:00)?"),
    re.compile(r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
)
_NAMED: Final = re.compile(r"(?P<b>[^\W\d]{3,10})\.?(?: de)?[-/. ]+(?P<y>\d{4}|\d{2})")
# The first three letters of months in English, Spanish and Portuguese.
_MONTHS: Final = (
    ("jan", "ene"), ("feb", "fev"), ("mar",), ("apr", "abr"), ("may", "mai"), ("jun",),
    ("jul",), ("aug", "ago"), ("sep", "set"), ("oct", "out"), ("nov",), ("dec", "dic", "dez"),
)  # fmt: skip


@dataclass(frozen=True)
class _Head:
    """The header of a cross-tab on `line`, from 0. `corner` is the place of the artists, `months` maps places to months
    (YYYY-MM), and `total` is the place of the rows' sums, if there is one."""

    line: int
    delimiter: str
    width: int
    corner: int
    months: dict[int, str]
    total: int | None


class CrossTabReader:
    """The reader of `altafonte.toml`."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool:
        return _head(lines, sheet=sheet) is not None

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> ReaderOutput:
        outputs = [_read(source, layout, folder / f"cross-{number}.parquet") for number, source in enumerate(sources)]
        return ReaderOutput(
            tables=tuple(table for output in outputs for table in output.tables),
            checks=tuple(check for output in outputs for check in output.checks),
            totals=tuple(total for output in outputs for total in output.totals),
        )


def month_of(text: str) -> str | None:
    """Return the month (YYYY-MM) that `text` names as headers do: 2019-01, 01/2019, ene-19, Enero de 2019."""
    lowered = text.strip().casefold()
    for pattern in _NUMERIC:
        if (match := pattern.fullmatch(lowered)) and 1 <= int(match["m"]) <= 12:
            return f"{match['y']}-{int(match['m']):02}"
    match = _NAMED.fullmatch(lowered)
    number = next((at for at, names in enumerate(_MONTHS, 1) if match and match["b"][:3] in names), None)
    return f"{match['y'].zfill(3).rjust(4, '2')}-{number:02}" if match and number else None


def _head(lines: Sequence[str], *, sheet: bool) -> _Head | None:
    found = (
        _head_in(number, delimiter, split(line, delimiter, quoting=not sheet))
        for number, line in enumerate(lines[:HEADER_WITHIN])
        for delimiter in DELIMITERS
        if any(corner in line.casefold() for corner in _CORNERS)
    )
    return next((head for head in found if head), None)


def _head_in(line: int, delimiter: str, cells: Sequence[str]) -> _Head | None:
    """The header in `cells` of `line`, if there are a corner, then months, and at most one column of sums."""
    filled = [(place, cell.strip()) for place, cell in enumerate(cells) if cell.strip()]
    if not filled or filled[0][1].casefold() not in _CORNERS:
        return None
    months = {place: month for place, cell in filled[1:] if (month := month_of(cell))}
    totals = [place for place, cell in filled[1:] if cell.casefold() in _TOTALS]
    if not months or len(months) + len(totals) != len(filled) - 1 or len(totals) > 1:
        return None
    return _Head(line, delimiter, len(cells), filled[0][0], months, totals[0] if totals else None)


def _read(source: Source, layout: Layout, target: Path) -> ReaderOutput:
    head = _head(head_lines(source.text.path), sheet=source.sheet)
    assert head is not None
    if source.text.lines > MOST_LINES:
        raise JobFailed(Cause.TOO_LARGE, f"A cross-tab has more than {MOST_LINES} lines.")
    try:
        rows = _rows(source, head).collect(engine="streaming")
    except pl.exceptions.ComputeError as error:
        message = "The file's lines cannot be told apart; its quotes or line breaks are damaged."
        raise JobFailed(Cause.CORRUPT_FILE, message) from error
    sums = pl.col("Artist").str.to_lowercase().is_in(_TOTALS)
    lines, names = _lines(rows.filter(~sums), head), ["Artist", "Skip", "Period", "Net"]
    with RowWriter(target, names) as writer:
        writer.write(lines)
        writer.write(rows.filter(sums).with_columns(pl.lit("total_line").alias("Skip")).select("Artist", "Skip", ROW))
    table = table_of_rows(source, layout, names, target)
    return ReaderOutput((table,), checks=(_whole_file(source, head),), totals=_totals(rows.filter(sums), head, source))


def _whole_file(source: Source, head: _Head) -> Check:
    """The check of the file's lines; raises `JobFailed` if one of its cells holds whole lines."""
    rows, names = _scan(source, head), _names(head)
    mark = rf"\x{ord(head.delimiter):02x}"
    refuse_swallowed(rows, names, rf"[^{mark}\n]*(?:{mark}[^{mark}\n]*){{{head.width - 1}}}(?:\n|$)")
    count, breaks = rows.select(pl.len(), breaks_in(names).sum().alias("breaks")).collect(engine="streaming").row(0)
    return lines_check(source, above=head.line + 1, rows=count, breaks=breaks)


def _names(head: _Head) -> list[str]:
    return [f"at_{place}" for place in range(head.width)]


def _rows(source: Source, head: _Head) -> pl.LazyFrame:
    """`row`, `Artist`, and the cells of months and sums, named by their places (`at_3`)."""
    rows, names = _scan(source, head), _names(head)
    wanted = [*head.months, *([head.total] if head.total is not None else [])]
    artist = pl.col(names[head.corner]).fill_null("").str.strip_chars().alias("Artist")
    return rows.select(ROW, artist, *(pl.col(names[place]).str.strip_chars() for place in wanted))


def _scan(source: Source, head: _Head) -> pl.LazyFrame:
    return pl.scan_csv(
        source.text.path,
        has_header=False,
        skip_lines=head.line + 1,
        schema=dict.fromkeys(_names(head), pl.String),
        missing_columns="insert",
        extra_columns="ignore",
        separator=head.delimiter,
        quote_char=None if source.sheet else '"',
        truncate_ragged_lines=True,
        row_index_name=ROW,
        row_index_offset=head.line + 1,
        glob=False,
    )


def _lines(rows: pl.DataFrame, head: _Head) -> pl.DataFrame:
    cells = {f"at_{place}": month for place, month in head.months.items()}
    lines = rows.unpivot(on=list(cells), index=[ROW, "Artist"], variable_name="Period", value_name="Net")
    filled = lines.filter(pl.col("Net").fill_null("") != "").sort(ROW, maintain_order=True)
    return filled.with_columns(pl.col("Period").replace_strict(cells, return_dtype=pl.String))


def _totals(sums: pl.DataFrame, head: _Head, source: Source) -> tuple[StatedTotal, ...]:
    """What the last row of sums states: its own sum, or else that of its months."""
    if not sums.height:
        return ()
    last = sums.row(-1, named=True)
    whole = [last[f"at_{head.total}"]] if head.total is not None else []
    cells = [cell for cell in whole if cell] or [last[f"at_{place}"] for place in head.months]
    amount = amount_of([cell or "" for cell in cells])
    name = f"net read = {last['Artist']}" + (f" ({source.name})" if source.name else "")
    return () if amount is None else (StatedTotal(name, amount, (source.name,), sheet=source.sheet),)
