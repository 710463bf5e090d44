"""Expressions for the month of sale and the month of the statement of each line."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from glider.canonical.interning import Look
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.date_columns import key_of, notations_for, reading
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import raw, text
from glider.cleaning.values.dates import Reading, is_rewritten, notations_of, numbers_in, read_days, unread
from glider.layouts.periods import middle_months, months


@dataclass
class SeenDates:
    """What a pass shows of the columns of days and months, by their key: `numbers`, the dates whose order is decided by
    the column, and the `foreign` columns, in which a cell has another notation than those that are read."""

    numbers: dict[str, set[str]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)

    def note(self, key: str, cells: pl.Series, days: pl.Series, notations: tuple[str, ...], how: Reading) -> None:
        """Take in different `cells` of a column and the `days` that they were read as."""
        # Threads share the sets: `setdefault` and `update` are each one step.
        numbers = numbers_in(cells, notations, rewritten=how.rewritten)
        self.numbers.setdefault(key, set()).update(numbers.to_list())
        if days.null_count() and is_rewritten(notations_of(unread(cells, days), ())):
            self.foreign.add(key)


@dataclass(frozen=True)
class _Column:
    """A column of dates of `table`, by its key, in the field whose notations it has."""

    table: Table
    plan: ReadPlan
    key: str
    field: str
    seen: SeenDates

    def days(self, cells: pl.Series) -> pl.Series:
        notations, how = notations_for(self.table, self.field), reading(self.table, self.plan.dates, self.key)
        found = read_days(cells, notations, how)
        self.seen.note(self.key, cells, found, notations, how)
        return found

    def months(self, cells: pl.Series) -> pl.Series:
        return months(self.days(cells))


def month_columns(table: Table, plan: ReadPlan, seen: SeenDates, look: Look) -> list[pl.Expr]:
    """The columns `period` and `statement_period`: first days of months, null where there is none. Fills `seen`."""
    statement = _month(table, plan, "statement_period", seen, look)
    stated = pl.lit(table.metadata.statement_period, dtype=pl.Date)
    return [
        _period(table, plan, seen, look).alias("period"),
        (stated if statement is None else statement).alias("statement_period"),
    ]


def _period(table: Table, plan: ReadPlan, seen: SeenDates, look: Look) -> pl.Expr:
    stated = pl.lit(table.metadata.period, dtype=pl.Date)
    if not table.columns.has("period"):
        return stated
    spans = table.columns.has("period_end")
    months_sold = _span(table, plan, seen, look) if spans else _month(table, plan, "period", seen, look)
    if table.header.layout.dates.stated and months_sold is not None:
        return pl.when(raw("period") == "").then(stated).otherwise(months_sold)
    return stated if months_sold is None else months_sold


def _span(table: Table, plan: ReadPlan, seen: SeenDates, look: Look) -> pl.Expr:
    columns = [_Column(table, plan, key_of(name), "period", seen) for name in ("period", "period_end")]
    start, end = (look(raw(column.key), column.days, pl.Date) for column in columns)
    pair = pl.struct(start.alias("start"), end.fill_null(start).alias("end"))
    return pair.map_batches(
        lambda spans: middle_months(spans.struct.field("start"), spans.struct.field("end")),
        pl.Date,
        is_elementwise=True,
    )


def _month(table: Table, plan: ReadPlan, name: str, seen: SeenDates, look: Look) -> pl.Expr | None:
    layout = table.header.layout
    if not table.columns.has(name):
        return None
    if name in layout.joined or name in layout.by_level:
        return look(raw(name), _Column(table, plan, key_of(name), name, seen).months, pl.Date)
    # Of several columns, the first with a date counts: some hold a description that has a month in most lines only.
    places = table.columns.of_field(name)
    columns = [(place, _Column(table, plan, key_of(name, place), name, seen)) for place in places]
    return pl.coalesce([look(text(place), column.months, pl.Date) for place, column in columns])
