"""write: the lines of a report as `.csv.gz`, Parquet or XLSX, streamed."""

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
SHARE: Final = 250_000  # report lines that are packed together
AT_A_TIME: Final = 2  # shares
SHEET_ROWS: Final = 1_048_576  # of one sheet, the header among them
MOST_XLSX_LINES: Final = 3_000_000  # some ten minutes
_TEXT, _NUMBER, _AMOUNT = "text", "number", "amount"

# Column of a report → where it is kept (table.py), its name there, what it is.
_MONTHLY: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("period", "dim", "period", _TEXT),
    ("dsp", "dim", "dsp", _TEXT),
    ("territory", "dim", "territory", _TEXT),
    ("usage", "dim", "usage", _TEXT),
    ("artist", "thing", "artist", _TEXT),
    ("track", "thing", "track", _TEXT),
    ("release", "thing", "release", _TEXT),
    ("isrc", "thing", "isrc", _TEXT),
    ("upc", "thing", "upc", _TEXT),
    ("catalogue_number", "thing", "catalogue_number", _TEXT),
    ("reference", "thing", "reference", _TEXT),
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
    ("level", "thing", "level", _TEXT),
    ("reason", "thing", "reason", _TEXT),
    *((name, "thing", name, _NUMBER if name == "score" else _TEXT) for name in SUGGESTED),
)
COLUMNS: Final = {ReportKind.MONTHLY: _MONTHLY, ReportKind.UNMATCHED: _UNMATCHED}
Column = tuple[str, str, str, str]


class Writer:
    """`about` is what the report says of itself (texts): in Parquet's metadata, and on a sheet of its own in XLSX."""

    def __init__(self, table: Table, kind: ReportKind, currency: str, about: dict[str, str]) -> None:
        self.table = table
        self.columns = COLUMNS[kind]
        self.constants = {"revenue_currency": currency}
        self.about = about

    def files(self, folder: Path, format: ReportFormat, height: int) -> Iterator[Path]:
        """What the report consists of, one file behind the other; each is gone when the next is asked for.

        Raises `JobFailed` for a workbook that no program would open.
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

    # --- CSV: every text in quotes, harmless; numbers bare ---

    def _csv(self, folder: Path, height: int) -> Iterator[Path]:
        """Packing takes longest and is done by one core, so that shares of a long report are packed side by side: what
        gzip calls members of a file (RFC 1952, 2.2), one after another."""
        cells = list(self._cells())
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            pending: deque[Future[Path]] = deque()
            for start in range(0, max(1, height), SHARE):
                if len(pending) > AT_A_TIME:
                    yield from _ready(pending.popleft())
                share = self.table.lines.slice(start, SHARE).select(cells)
                pending.append(pool.submit(_packed, share, folder / f"report.{start}", header=start == 0))
            while pending:
                yield from _ready(pending.popleft())

    def _cells(self) -> Iterator[pl.Expr]:
        """Neighbours of one place are one text, made once for each dimension or thing, not for each line."""
        for source, group in groupby(self.columns, lambda column: column[1]):
            columns = list(group)
            if source == "line":
                yield from (_bare(pl.col(name), what).alias(_quoted(title)) for title, _, name, what in columns)
            else:
                yield self._neighbours(source, columns).alias(",".join(_quoted(title) for title, *_ in columns))

    def _neighbours(self, source: str, columns: Sequence[Column]) -> pl.Expr:
        if source == "constant":
            return pl.lit(",".join(_quoted(self.constants[name]) for _, _, name, _ in columns))
        cells = [_cell(pl.col(name), what) for _, _, name, what in columns]
        return _looked_up(self._kept(source).select(pl.concat_str(cells, separator=",")).to_series(), source)

    def _kept(self, source: str) -> pl.DataFrame:
        return {"dim": self.table.dims, "thing": self.table.things, "files": self.table.files}[source]

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
        return _looked_up(self._kept(source)[name], source).alias(title)

    # --- XLSX: a cell holds 15 digits, so that amounts are there twice: as a number, and exactly, as text ---

    def _xlsx(self, target: Path, height: int) -> None:
        if height > MOST_XLSX_LINES:
            text = f"A workbook of {height:,} lines is more than {MOST_XLSX_LINES:,}: ask for CSV or Parquet."
            raise JobFailed(Cause.TOO_LARGE, text)
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


def _packed(lines: pl.LazyFrame, target: Path, *, header: bool) -> Path:
    """Cells bring their quotes along, and names the header, so that the writer has nothing to look for."""
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
    return _quote(harmless_column(cell.fill_null(""))) if what == _TEXT else _bare(cell, what).fill_null("")


def _bare(cell: pl.Expr, what: str) -> pl.Expr:
    text = cell.cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".") if what == _AMOUNT else text


def _quote(text: pl.Expr) -> pl.Expr:
    return pl.lit('"') + text.str.replace_all('"', '""', literal=True) + pl.lit('"')


def _quoted(text: str) -> str:
    return f'"{text}"'


def _looked_up(values: pl.Series, numbers: str) -> pl.Expr:
    """The value of `values` at the place that the column `numbers` tells."""
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
