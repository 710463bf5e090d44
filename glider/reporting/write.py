"""Writing: the lines of a report as `.csv.gz`, Parquet or XLSX, streamed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq
import xlsxwriter

from glider.contract import Cause, ReportFormat, ReportKind
from glider.errors import JobFailed
from glider.reporting.table import SUGGESTED, Table
from oas.kernel.amounts import format_amount
from oas.kernel.csv_safety import harmless_column

GZIP_LEVEL: Final = 1
CHUNK: Final = 250_000  # lines of a CSV that are compressed together
AT_A_TIME: Final = 2  # chunks
SHEET_ROWS: Final = 1_048_576  # the most that a sheet of a workbook can have, including the header
MOST_XLSX_LINES: Final = 3_000_000  # take some ten minutes
_TEXT, _NUMBER, _AMOUNT = "text", "number", "amount"

# Column of a report: its title, the table that holds it (table.py), its name there, its type.
_MONTHLY: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("period", "dim", "period", _TEXT),
    ("dsp", "dim", "dsp", _TEXT),
    ("territory", "dim", "territory", _TEXT),
    ("usage", "dim", "usage", _TEXT),
    ("artist", "subject", "artist", _TEXT),
    ("track", "subject", "track", _TEXT),
    ("release", "subject", "release", _TEXT),
    ("isrc", "subject", "isrc", _TEXT),
    ("upc", "subject", "upc", _TEXT),
    ("catalogue_number", "subject", "catalogue_number", _TEXT),
    ("reference", "subject", "reference", _TEXT),
    ("sale_lines", "line", "rows", _NUMBER),
    ("quantity", "line", "quantity", _NUMBER),
    ("gross", "line", "gross", _AMOUNT),
    ("net", "line", "net", _AMOUNT),
    ("currency", "dim", "currency", _TEXT),
    ("revenue", "line", "revenue", _AMOUNT),
    ("revenue_currency", "constant", "revenue_currency", _TEXT),
    ("source_files", "files", "files", _TEXT),
)
_UNMATCHED: Final = (
    *_MONTHLY,
    ("level", "subject", "level", _TEXT),
    ("reason", "subject", "reason", _TEXT),
    *((name, "subject", name, _NUMBER if name == "score" else _TEXT) for name in SUGGESTED),
)
COLUMNS: Final = {ReportKind.MONTHLY: _MONTHLY, ReportKind.UNMATCHED: _UNMATCHED}
Column = tuple[str, str, str, str]


class Writer:
    """Writes a `table`, whose revenue is in `currency`.

    `about`, the header of the report, goes into Parquet's metadata and onto a sheet of its own in XLSX.
    """

    def __init__(self, table: Table, kind: ReportKind, currency: str, about: dict[str, str]) -> None:
        self.table = table
        self.columns = COLUMNS[kind]
        self.constants = {"revenue_currency": currency}
        self.about = about

    def files(self, folder: Path, format: ReportFormat, height: int) -> Iterator[Path]:
        """The files in `folder` that make up the report when joined; each is removed when the next one is requested.

        `height` is the number of lines. Raises JobFailed for a workbook that is too long.
        """
        if format is ReportFormat.CSV:
            yield from self._csv(folder, height)
            return
        target = folder / "report"
        if format is ReportFormat.PARQUET:
            self._parquet(target)
        else:
            self._xlsx(target, height)
        yield target
        target.unlink()

    # --- CSV: texts are harmless and in quotes, numbers are without quotes ---

    def _csv(self, folder: Path, height: int) -> Iterator[Path]:
        """The members of a gzip file (RFC 1952, 2.2), one for each chunk of lines."""
        # Compressing takes longest and uses one core, so that two chunks are compressed at the same time.
        cells = list(self._cells())
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            pending: deque[Future[Path]] = deque()
            for start in range(0, max(1, height), CHUNK):
                if len(pending) > AT_A_TIME:
                    yield from _ready(pending.popleft())
                chunk = self.table.lines.slice(start, CHUNK).select(cells)
                pending.append(pool.submit(_write_chunk, chunk, folder / f"report.{start}", header=start == 0))
            while pending:
                yield from _ready(pending.popleft())

    def _cells(self) -> Iterator[pl.Expr]:
        """The columns of the CSV; neighbours from the same table (except `lines`) are one column of joined cells."""
        # They are joined once for each dimension or subject, not once for each line.
        for source, group in groupby(self.columns, lambda column: column[1]):
            columns = list(group)
            if source == "line":
                yield from (_number(pl.col(name), what).alias(_quoted(title)) for title, _, name, what in columns)
            else:
                yield self._joined_cells(source, columns).alias(",".join(_quoted(title) for title, *_ in columns))

    def _joined_cells(self, source: str, columns: Sequence[Column]) -> pl.Expr:
        if source == "constant":
            return pl.lit(",".join(_quoted(self.constants[name]) for _, _, name, _ in columns))
        cells = [_cell(pl.col(name), what) for _, _, name, what in columns]
        return _looked_up(self._table_of(source).select(pl.concat_str(cells, separator=",")).to_series(), source)

    def _table_of(self, source: str) -> pl.DataFrame:
        return {"dim": self.table.dims, "subject": self.table.subjects, "files": self.table.files}[source]

    # --- Parquet: typed, exact ---

    def _parquet(self, target: Path) -> None:
        lines = self.table.lines.select(self._typed(column) for column in self.columns)
        metadata = {"report": json.dumps(self.about, ensure_ascii=False)}
        lines.sink_parquet(target, compression="zstd", compression_level=3, metadata=metadata)

    def _typed(self, column: Column) -> pl.Expr:
        title, source, name, _ = column
        if source == "line":
            return pl.col(name).alias(title)
        if source == "constant":
            return pl.lit(self.constants[name]).alias(title)
        return _looked_up(self._table_of(source)[name], source).alias(title)

    # --- XLSX: a number has only 15 digits there, so that each amount is also written as text, exactly ---

    def _xlsx(self, target: Path, height: int) -> None:
        if height > MOST_XLSX_LINES:
            text = f"A workbook of {height:,} lines is more than {MOST_XLSX_LINES:,}: ask for CSV or Parquet."
            raise JobFailed(Cause.TOO_LARGE, text)
        # Written as Parquet first, because that can be read back row by row in flat memory.
        parquet = target.with_suffix(".lines.parquet")
        self._parquet(parquet)
        with xlsxwriter.Workbook(target, _XLSX_OPTIONS) as workbook:
            _write_about(workbook, self.about)
            _write_sheets(workbook, self.columns, parquet)
        parquet.unlink()


_XLSX_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def _write_chunk(lines: pl.LazyFrame, target: Path, *, header: bool) -> Path:
    """Compress `lines` to `target`, with the names of columns as `header`; returns `target`."""
    # Cells and names have their quotes already, so that the writer need not look for what to quote.
    lines.sink_csv(
        target, include_header=header, compression="gzip", compression_level=GZIP_LEVEL, check_extension=False,
        quote_style="never", line_terminator="\r\n",
    )  # fmt: skip
    return target


def _ready(work: Future[Path]) -> Iterator[Path]:
    path = work.result()
    yield path
    path.unlink()


def _cell(cell: pl.Expr, what: str) -> pl.Expr:
    return _quote(harmless_column(cell.fill_null(""))) if what == _TEXT else _number(cell, what).fill_null("")


def _number(cell: pl.Expr, what: str) -> pl.Expr:
    text = cell.cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".") if what == _AMOUNT else text


def _quote(text: pl.Expr) -> pl.Expr:
    return pl.lit('"') + text.str.replace_all('"', '""', literal=True) + pl.lit('"')


def _quoted(text: str) -> str:
    return f'"{text}"'


def _looked_up(values: pl.Series, numbers: str) -> pl.Expr:
    """The values at the places in the column `numbers`."""
    return pl.col(numbers).map_batches(values.gather, values.dtype, is_elementwise=True)


# --- XLSX ---


def _write_about(workbook: Any, about: dict[str, str]) -> None:
    sheet = workbook.add_worksheet("About")
    for row, (name, value) in enumerate(about.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)


def _write_sheets(workbook: Any, columns: Sequence[Column], parquet: Path) -> None:
    rows = _rows(parquet)
    number = 0
    row = next(rows, None)
    while row is not None or number == 0:
        number += 1
        sheet = workbook.add_worksheet("Report" if number == 1 else f"Report {number}")
        _write_header(sheet, columns)
        place = 1
        while row is not None and place < SHEET_ROWS:
            _write_row(sheet, place, columns, row)
            row = next(rows, None)
            place += 1


def _rows(parquet: Path) -> Iterator[tuple[Any, ...]]:
    for batch in pq.ParquetFile(parquet).iter_batches(batch_size=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_header(sheet: Any, columns: Sequence[Column]) -> None:
    exact = [f"{title}_exact" for title, _, _, what in columns if what == _AMOUNT]
    for place, title in enumerate([*(column[0] for column in columns), *exact]):
        sheet.write_string(0, place, title)


def _write_row(sheet: Any, place: int, columns: Sequence[Column], row: tuple[Any, ...]) -> None:
    exact = len(columns)
    for n, (column, value) in enumerate(zip(columns, row, strict=True)):
        if column[3] == _AMOUNT:
            if value is not None:
                sheet.write_number(place, n, float(value))
                sheet.write_string(place, exact, format_amount(value))
            exact += 1
        elif value is not None:
            (sheet.write_string if column[3] == _TEXT else sheet.write_number)(place, n, value)
