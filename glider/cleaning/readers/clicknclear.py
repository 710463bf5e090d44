"""Reads ClicknClear's statements, which have no header (by the company's published reporting specification).

A row of totals (T) comes before the sales (S) of one kind of income that it sums up. The kinds (M, P, PR) have rows of
different widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

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
from glider.cleaning.recognition.csv_table import ROW
from glider.cleaning.recognition.stated_totals import StatedTotal, amount_of
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from oas.kernel.intake.text_intake import split

NAMES: Final = (
    "Kind", "Skip", "Date", "Licensee", "Title", "Performer", "ISRC", "UPC", "Label", "Territory", "Quantity",
    "Currency", "Gross", "Net",
)  # fmt: skip
WIDTH: Final = 24  # more than any kind of row has
LOOKED_AT: Final = 50  # lines by which a statement is recognised
MOST_TOTALS: Final = 200
_TOTAL, _SALE = "T", "S"
_INCOMES: Final = ("M", "P", "PR")
_WIDTHS: Final = {"M": 18, "P": 19}  # cells of a sale's row; for producer fees none are published
_NAMES: Final = {"M": "master sales", "P": "publishing sales", "PR": "producer fees"}


class ClicknClearReader:
    """The reader of `clicknclear.toml`."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool:
        """Whether the first row is typed, more than half of the rows are, and one of them is a row of totals."""
        rows = [split(line, ",") for line in lines[:LOOKED_AT] if line.strip()]
        typed = [len(row) > 8 and row[0] in (_TOTAL, _SALE) and row[1] in _INCOMES for row in rows]
        return bool(rows) and typed[0] and sum(typed) * 2 > len(rows) and any(row[0] == _TOTAL for row in rows)

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> ReaderOutput:
        outputs = [_read(source, layout, folder / f"typed-{number}.parquet") for number, source in enumerate(sources)]
        return ReaderOutput(
            tables=tuple(table for output in outputs for table in output.tables),
            checks=tuple(check for output in outputs for check in output.checks),
            totals=tuple(total for output in outputs for total in output.totals),
        )


def _read(source: Source, layout: Layout, target: Path) -> ReaderOutput:
    try:
        _lines(source).sink_parquet(target, engine="streaming")
        totals = pl.scan_parquet(target).filter(pl.col(_cell(0)) == _TOTAL).head(MOST_TOTALS + 1).collect()
        with RowWriter(target.with_suffix(".made"), NAMES) as writer:
            for frame in pl.scan_parquet(target).select(*_named(), ROW).collect_batches():
                writer.write(frame)
    except pl.exceptions.ComputeError as error:
        message = "The file's lines cannot be told apart; its quotes or line breaks are damaged."
        raise JobFailed(Cause.CORRUPT_FILE, message) from error
    if totals.height > MOST_TOTALS:
        raise JobFailed(Cause.CORRUPT_FILE, f"The statement has more than {MOST_TOTALS} rows of totals.")
    groups = _groups(totals, source)
    return ReaderOutput(
        tables=(table_of_rows(source, layout, NAMES, target.with_suffix(".made")),),
        checks=(*(_counted(row, span, target, source) for row, span in groups), _whole_file(target, source)),
        totals=tuple(total for row, span in groups if (total := _summed(row, span, source))),
    )


def _whole_file(target: Path, source: Source) -> Check:
    """The check of the file's lines; raises `JobFailed` if a cell of the rows at `target` holds whole lines."""
    cells, rows = [_cell(place) for place in range(WIDTH)], pl.scan_parquet(target)
    refuse_swallowed(rows, cells, rf"(?:{_TOTAL}|{_SALE}),(?:{'|'.join(_INCOMES)}),")
    count, breaks = rows.select(pl.len(), breaks_in(cells).sum().alias("breaks")).collect(engine="streaming").row(0)
    return lines_check(source, above=0, rows=count, breaks=breaks)


def _lines(source: Source) -> pl.LazyFrame:
    """Cells by place, and `row`: the line, from 0, that a row starts on, as cells may have several lines."""
    names = [_cell(place) for place in range(WIDTH)]
    rows = pl.scan_csv(
        source.text.path,
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        missing_columns="insert",
        extra_columns="ignore",
        truncate_ragged_lines=True,
        empty_string_is_null=False,
        row_index_name=ROW,
        glob=False,
    )
    breaks = breaks_in(names)
    return rows.with_columns((pl.col(ROW) + breaks.cum_sum() - breaks).cast(pl.UInt32).alias(ROW))


def _cell(place: int) -> str:
    return f"cell_{place}"


def _named() -> list[pl.Expr]:
    kind, income = pl.col(_cell(0)).str.strip_chars(), pl.col(_cell(1)).str.strip_chars()
    master = income == "M"
    return [
        income.alias("Kind"),
        pl.when(kind == _TOTAL).then(pl.lit("total_line")).alias("Skip"),
        *(pl.col(_cell(place)).alias(name) for name, place in _SHARED.items()),
        *(pl.when(master).then(pl.col(_cell(place))).alias(name) for name, place in _OF_MASTERS.items()),
        *(_shifted(place, income).alias(name) for name, place in _SHIFTED.items()),
        pl.lit("1").alias("Quantity"),  # a row is one sale: rows of totals count them so
        pl.when((kind == _SALE) & _whole(income)).then(_last()).alias("Net"),
    ]


def _shifted(place: int, income: pl.Expr) -> pl.Expr:
    # The row of a work (P) has writers and a code where that of a master has three cells: the rest is one to the left.
    return pl.when(income == "P").then(pl.col(_cell(place - 1))).otherwise(pl.col(_cell(place)))


def _whole(income: pl.Expr) -> pl.Expr:
    """Whether a row has the width of its kind of income. In one that was cut off, the last cell is no amount due."""
    filled = [pl.when(pl.col(_cell(place)) != "").then(place + 1) for place in range(WIDTH)]
    width = pl.max_horizontal(*filled)
    wanted = income.replace_strict(_WIDTHS, default=None, return_dtype=pl.Int32)
    return pl.when(wanted.is_null()).then(income.is_in(_INCOMES)).otherwise(width == wanted)


def _last() -> pl.Expr:
    """The last cell that is filled: the amount due, wherever the kind of income has it."""
    cells = (pl.col(_cell(place)) for place in reversed(range(8, WIDTH)))
    return pl.coalesce(pl.when(cell != "").then(cell) for cell in cells)


_SHARED: Final = {"Date": 2, "Licensee": 3, "Title": 4, "Performer": 5}
_OF_MASTERS: Final = {"ISRC": 6, "UPC": 7, "Label": 8}
_SHIFTED: Final = {"Territory": 9, "Currency": 10, "Gross": 11}


def _groups(totals: pl.DataFrame, source: Source) -> list[tuple[dict[str, Any], tuple[int, int]]]:
    """Each row of totals, with the first and last number of the lines up to the next one."""
    rows = totals.to_dicts()
    ends = [*(row[ROW] for row in rows[1:]), source.text.lines]
    return [(row, (row[ROW] + 2, end)) for row, end in zip(rows, ends, strict=True)]


def _summed(row: dict[str, Any], span: tuple[int, int], source: Source) -> StatedTotal | None:
    due = amount_of([row[_cell(7)] or ""])
    name = f"net read = amount due for {_income(row)}"
    return None if due is None else StatedTotal(name, Decimal(due), (source.name,), rows=span)


def _counted(row: dict[str, Any], span: tuple[int, int], lines: Path, source: Source) -> Check:
    first, last = span
    sales = pl.scan_parquet(lines).filter(
        pl.col(ROW).is_between(first - 1, last - 1) & (pl.col(_cell(0)).str.strip_chars() == _SALE)
    )
    found = int(sales.select(pl.len()).collect().item())
    stated = amount_of([row[_cell(4)] or ""])  # a count, yet written with decimals at times
    name = f"sales = number of {_income(row)}"
    return Check(name=name, expected=str(row[_cell(4)] or "")[:40], found=str(found), tied=stated == found)


def _income(row: dict[str, Any]) -> str:
    return f"{_NAMES.get(str(row[_cell(1)]).strip(), 'other income')} (line {row[ROW] + 1})"
