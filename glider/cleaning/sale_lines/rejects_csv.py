"""Writes the lines that were rejected or skipped as a CSV for the user: number, reason, what was expected, and the line
as it is in the file.

Nothing is held but a few lines at a time: the staged lines and the text are read side by side, both in the order of the
file.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as parquet

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import parts_of
from glider.cleaning.input.text_blocks import Block, blocks_of
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import source_row
from glider.reason_codes import REASONS
from oas.kernel.csv_safety import harmless_column

BATCH: Final = 50_000  # staged lines at a time
ROWS: Final = 10_000  # of the CSV that are made at a time: a line with many rows repeats its text in each
_EMPTY: Final = pl.DataFrame(schema={"line": pl.Int64, "part": pl.String, REASON: pl.String})


def write_rejects(cleaned: Path, tables: list[tuple[Table, ReadPlan]], target: Path) -> None:
    """Write the lines of `cleaned` that have a reason to `target`, gzipped, in the order of the file.

    Columns: line, part (the member), outcome (rejected or skipped), reason, expected, text. Cells that a spreadsheet
    would run as formulas are made harmless. Blank lines that were taken out of a text have a row for each run of them.
    """
    staged = [_Staged(path, reason) for path, reason in parts_of(cleaned)]
    with gzip.open(target, "wb", compresslevel=6) as file:
        _write(_shaped(_EMPTY.with_columns(text=pl.lit(""))), file, header=True)
        for table, plan in tables:
            for rows in _of_table(staged, table, _texts(table, plan, target.parent)):
                _write(_shaped(rows), file, header=False)


def _write(rows: pl.DataFrame, file: gzip.GzipFile, *, header: bool) -> None:
    if header or rows.height:
        file.write(rows.write_csv(include_header=header, quote_style="non_numeric").encode())


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    text = harmless_column(pl.col("text")).alias("text")
    expected = pl.concat_str(_expected(), pl.col("more").fill_null("")) if "more" in rows.columns else _expected()
    return rows.select("line", "part", _outcome(), REASON, expected.alias("expected"), text)


# --- what was staged ---


class _Staged:
    """The staged lines of the Parquet file at `path` that have a reason, read on as they are asked for.

    `reason` is that of all of them, where the file has it in its name.
    """

    def __init__(self, path: Path, reason: str | None) -> None:
        columns = ["source_row", "source_part"] + ([REASON] if reason is None else [])
        batches = parquet.ParquetFile(path).iter_batches(batch_size=BATCH, columns=columns)
        self._reason = reason
        self._batches = map(self._read, batches)
        self._waiting = _EMPTY

    def _read(self, batch: Any) -> pl.DataFrame:
        frame = pl.DataFrame(pl.from_arrow(batch)).rename({"source_row": "line", "source_part": "part"})
        frame = frame.with_columns(pl.lit(self._reason).alias(REASON)) if self._reason else frame
        return frame.filter(pl.col(REASON).is_not_null()).select(
            pl.col("line").cast(pl.Int64), pl.col("part", REASON).cast(pl.String)
        )

    def until(self, last: int | None, part: str) -> Iterator[pl.DataFrame]:
        """Yield the next lines of `part`, up to line `last` of it, or all that are left of it."""
        while True:
            own = pl.col("part") == part
            wanted = own if last is None else own & (pl.col("line") <= last)
            # Members follow each other: the first line of another one, or beyond `last`, ends what is wanted.
            stop = self._waiting.select((~wanted).arg_max()).item() if self._waiting.height else 0
            count = self._waiting.height if self._waiting.select(wanted.all()).item() else int(stop)
            if count:
                yield self._waiting.head(count)
            self._waiting = self._waiting.slice(count)
            if self._waiting.height or (more := next(self._batches, None)) is None:
                return
            self._waiting = more


def _until(staged: Sequence[_Staged], last: int | None, part: str) -> Iterator[pl.DataFrame]:
    """The next lines of all files of `staged`, in order, a few at a time."""
    found = [rows for each in staged for rows in each.until(last, part)]
    if found:
        yield from pl.concat(found).sort("line", maintain_order=True).iter_slices(ROWS)


# --- side by side ---


def _of_table(staged: Sequence[_Staged], table: Table, blocks: Iterable[Block]) -> Iterator[pl.DataFrame]:
    runs = _Runs(table)
    for block in blocks:
        last = block.last if block.numbered else table.number_in_file(block.last)
        yield from _joined(_until(staged, last, table.member), table, block)
        yield from runs.until(last)
    for rows in _until(staged, None, table.member):
        yield rows.with_columns(text=pl.lit(None, dtype=pl.String))
    yield from runs.until(None)


def _joined(found: Iterator[pl.DataFrame], table: Table, block: Block) -> Iterator[pl.DataFrame]:
    texts: pl.DataFrame | None = None
    for rows in found:
        if texts is None:
            numbered = pl.col("line") if block.numbered else table.numbers_in_file(pl.col("line"))
            texts = block.read().with_columns(numbered)
        yield rows.join(texts, on="line", how="left", maintain_order="left")


class _Runs:
    """Runs of blank lines that were taken out of a table's text, read on as they are asked for."""

    def __init__(self, table: Table) -> None:
        self._part = table.member
        self._runs = table.blanks.runs() if table.blanks else iter(())
        self._waiting = pl.DataFrame(schema={"line": pl.Int64, "lines": pl.Int64})

    def until(self, last: int | None) -> Iterator[pl.DataFrame]:
        """Yield the next runs that begin up to line `last`, or all that are left."""
        while True:
            wanted = self._waiting if last is None else self._waiting.filter(pl.col("line") <= last)
            if wanted.height:
                yield self._rows(wanted)
            self._waiting = self._waiting.slice(wanted.height)
            if self._waiting.height or (more := next(self._runs, None)) is None:
                return
            self._waiting = pl.DataFrame({"line": more[0] + 1, "lines": more[1]})

    def _rows(self, runs: pl.DataFrame) -> pl.DataFrame:
        end = pl.col("line") + pl.col("lines") - 1
        more = pl.when(pl.col("lines") > 1).then(pl.format(", like all up to line {}", end))
        columns = [pl.lit(self._part).alias("part"), pl.lit("blank_line").alias(REASON), pl.lit("").alias("text")]
        return runs.select("line", *columns, more.alias("more"))


# --- the text ---


def _texts(table: Table, plan: ReadPlan, folder: Path) -> Iterator[Block]:
    """The lines of `table` as they are in the file, in blocks; without people's data, where its layout has some."""
    if not table.header.layout.personal:
        yield from blocks_of(table.text.path)
        return
    path = folder / "without-people.parquet"
    _without_people(table, plan).sink_parquet(path, engine="streaming")
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=BATCH):
        frame = pl.DataFrame(pl.from_arrow(batch))
        yield Block(frame["line"].item(-1), lambda frame=frame: frame, numbered=True)  # type: ignore[misc]


def _without_people(table: Table, plan: ReadPlan) -> pl.LazyFrame:
    """The cells of each line except those about people, separated as in the file."""
    hidden = table.columns.named(*table.header.layout.personal)
    shown = [pl.col(name).fill_null("") for name in table.every_column if name not in hidden]
    text = pl.concat_str(shown, separator=table.header.delimiter).str.replace_all("\n", " ", literal=True)
    rows = table.scan(plan.path).with_columns(source_row(table, spans_lines=True).cast(pl.Int64).alias("line"))
    return rows.select("line", text.alias("text"))


def _outcome() -> pl.Expr:
    skipping = [code for code, reason in REASONS.items() if reason.skips]
    return (
        pl.when(pl.col(REASON).is_in(skipping)).then(pl.lit("skipped")).otherwise(pl.lit("rejected")).alias("outcome")
    )


def _expected() -> pl.Expr:
    texts = {code: reason.expected for code, reason in REASONS.items()}
    return pl.col(REASON).replace_strict(texts, default="", return_dtype=pl.String)
