"""Totals of sale lines, as results and documents hold them. `oas.kernel.totals` defines the dimensions and sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Self

import polars as pl

from oas.kernel.amounts import exact
from oas.kernel.documents import BYTES_PER_DOCUMENT, FIRST_ROWS, ROWS_PER_DOCUMENT, Document, as_rows
from oas.kernel.totals import SUMS, sums

SHARE_PLACES: Final = 6


@dataclass(frozen=True)
class Totals:
    """Exact sums over lines. Gross and net are summed across currencies, revenue is in the books' currency."""

    rows: int = 0
    quantity: int = 0
    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The totals of a `row` with these columns; a null, the sum of no line, is zero."""
        known: dict[str, Any] = {field.name: row[field.name] or field.default for field in fields(cls)}
        return cls(**known)


def file_totals(frame: pl.LazyFrame) -> Totals:
    """The totals over all lines of `frame`."""
    row = frame.select(sums()).collect(engine="streaming").row(0, named=True)
    return Totals.of(row)


def added_up(totals: Iterable[Totals]) -> Totals:
    summed = Totals()
    with exact():
        for one in totals:
            summed = Totals(*(getattr(summed, field.name) + getattr(one, field.name) for field in fields(Totals)))
    return summed


def totals_of_periods(table: pl.DataFrame) -> dict[str, Totals]:
    """Period (YYYY-MM) → its totals. `table` has the rows by period of any one dimension, as each covers all lines."""
    month = pl.col("period").dt.strftime("%Y-%m").alias("month")
    groups = table.group_by("period").agg(pl.col(*SUMS).sum()).sort("period").with_columns(month)
    return {row["month"]: Totals.of(row) for row in groups.iter_rows(named=True)}


def documents_of(totals: pl.DataFrame, whole: Decimal, *, by_column: bool = True) -> Iterator[Document]:
    """The rows of `totals` (one dimension) as documents hold them (`oas.kernel.documents.rows_of`).

    Amounts are decimal strings; `share` is of `whole`, the revenue of the file. `by_column` is False for an OAS that
    reads only rows.
    """
    ready = totals.with_columns(_share(whole).alias("share")).with_columns(
        pl.col("revenue", "net", "gross").cast(pl.String)
    )
    for rows in _cut(ready.drop("stated")):
        columns = {column.name: column.to_list() for column in rows if column.null_count() < rows.height}
        yield {"columns": columns} if by_column else {"rows": as_rows(columns)}


def _cut(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    # The first document is small, because most clients only ask for the first rows of a list.
    if rows.height:
        yield from _by_bytes(rows.head(FIRST_ROWS))
    if rows.height > FIRST_ROWS:
        for some in rows.slice(FIRST_ROWS).iter_slices(ROWS_PER_DOCUMENT):
            yield from _by_bytes(some)


def _by_bytes(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut `rows` where their texts come to more than `BYTES_PER_DOCUMENT`: a name can be as long as a line."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    size = pl.sum_horizontal(pl.col(name).str.len_bytes().fill_null(0).cast(pl.Int64) for name in texts)
    sizes = rows.select(size.alias("size")).to_series()
    # One row is far smaller than a document may be: its texts are of one line, which has a limit.
    if rows.height == 1 or sizes.sum() <= BYTES_PER_DOCUMENT:
        yield rows
        return
    half = rows.height // 2
    yield from _by_bytes(rows.head(half))
    yield from _by_bytes(rows.slice(half))


def _share(whole: Decimal) -> pl.Expr:
    """The share of each row's revenue in `whole`, to six places; 0 where `whole` is 0. Only shown, never summed up."""
    if whole == 0:
        return pl.lit("0")
    part = pl.col("revenue") / pl.lit(whole, dtype=pl.Decimal(38, 18))
    return part.round(SHARE_PLACES).cast(pl.Decimal(38, SHARE_PLACES)).cast(pl.String)
