"""Decides how the columns of days and months of a table are read, from all of their cells and what speaks beside them.

A first plan is made from the table's first lines. The pass over all lines collects the different dates whose order is
open; where they show the plan to be wrong, or another notation is met, the whole columns are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.values.dates import (
    Order,
    Orders,
    Reading,
    Witness,
    decided,
    has_serials,
    is_rewritten,
    notations_of,
    numbers_in,
    read_days,
    stated_orders,
)

Readings = Mapping[str, Reading]  # key of a `DateColumn` → how its cells are read


@dataclass(frozen=True)
class DateColumn:
    """A column of days or months: the first filled cell of `places`. `field` is that of the sale line; the two ends of
    a time of sale share one, as they are written alike. `alone`: no other column takes its place."""

    key: str
    field: str
    places: tuple[str, ...]
    notations: tuple[str, ...]
    alone: bool = True

    @property
    def cell(self) -> pl.Expr:
        cells = [pl.col(place).fill_null("").str.strip_chars() for place in self.places]
        return pl.coalesce(pl.when(each != "").then(each) for each in cells).fill_null("").alias(self.key)


class AmbiguousDates(Exception):
    """Nothing decides the order of `numbers`, a date in one of `columns`."""

    def __init__(self, numbers: str, columns: tuple[DateColumn, ...]) -> None:
        super().__init__(numbers)
        self.numbers = numbers
        self.columns = columns


def date_columns(table: Table) -> list[DateColumn]:
    """The columns of days and months that `table` has as they are written; joined ones have one notation."""
    spans = table.columns.has("period") and table.columns.has("period_end")
    names = ("period", "period_end", "statement_period") if spans else ("period", "statement_period")
    return [each for name in names for each in _columns_of(table, name, whole=spans and name != "statement_period")]


def key_of(name: str, place: str = "") -> str:
    """The key of the `DateColumn` of the field `name`, or of its column at `place`."""
    return f"{name}:{place}" if place else name


def _columns_of(table: Table, name: str, *, whole: bool) -> list[DateColumn]:
    layout, places = table.header.layout, table.columns.of_field(name)
    if not places or name in layout.joined or name in layout.by_level:
        return []
    field = "statement_period" if name == "statement_period" else "period"
    notations = notations_for(table, field)
    if whole:
        return [DateColumn(key_of(name), field, tuple(places), notations)]
    alone = len(places) == 1
    return [DateColumn(key_of(name, place), field, (place,), notations, alone) for place in places]


def notations_for(table: Table, field: str) -> tuple[str, ...]:
    """The layout's notations of `field`. Days in a sheet may be dates and no text: these were written as ISO dates."""
    dates = table.header.layout.dates
    notations = dates.statement_period if field == "statement_period" else dates.period
    return (*notations, "year_month") if table.sheet else notations


def reading(table: Table, readings: Readings, key: str) -> Reading:
    """How the column with `key` is read; as the layout states where nothing was decided."""
    field = "statement_period" if key.startswith("statement_period") else "period"
    return readings.get(key) or Reading(stated_orders(notations_for(table, field)))


# --- from the first lines ---


def first_readings(table: Table, cells: Mapping[str, pl.Series]) -> Readings:
    """Read the columns as their first `cells` show; what they leave open is decided later."""
    return _readings(table, cells)[0]


def _readings(table: Table, cells: Mapping[str, pl.Series]) -> tuple[dict[str, Reading], dict[str, list[str]]]:
    """The readings, and by field the examples of dates that are left open."""
    columns = date_columns(table)
    found = {each.key: _kind(each, cells[each.key]) for each in columns}
    orders, examples = {}, {}
    for field in {each.field for each in columns}:
        numbers = {n for each in columns if each.field == field for n in _numbers(each, cells[each.key], found)}
        orders[field], examples[field] = decided(numbers, _witness(table, field))
    return {each.key: replace(found[each.key], orders=orders[each.field]) for each in columns}, examples


def _kind(column: DateColumn, cells: pl.Series) -> Reading:
    counts = notations_of(cells, column.notations)
    return Reading({}, is_rewritten(counts), has_serials(counts, alone=column.alone))


def _numbers(column: DateColumn, cells: pl.Series, kinds: Readings) -> list[str]:
    return numbers_in(cells, column.notations, rewritten=kinds[column.key].rewritten).to_list()


def _witness(table: Table, field: str) -> Witness:
    """What speaks for an order whatever the other columns hold."""
    layout, columns = table.header.layout, [each for each in date_columns(table) if each.field == field]
    answer: dict[bool | None, Order] = {True: "day_first", False: "month_first"}
    return Witness(
        answer=answer.get(table.answers.day_first),
        months=field in layout.month_fields and len(columns) == 1,
        stated=stated_orders(notations_for(table, field)),
    )


# --- from all lines ---


def readings_hold(table: Table, readings: Readings, numbers: Mapping[str, set[str]], foreign: set[str]) -> bool:
    """Whether `readings` hold for all lines: `numbers` are the dates that a pass met by column, and `foreign` the
    columns in which it met another notation than those that are read."""
    if foreign or any(each.serials for each in readings.values()):
        return False
    columns = date_columns(table)
    for field in {each.field for each in columns}:
        keys = [each.key for each in columns if each.field == field]
        found, examples = decided(set().union(*(numbers.get(key, set()) for key in keys)), _witness(table, field))
        if examples or any(dict(found) != _used(reading(table, readings, key).orders, found) for key in keys):
            return False
    return True


def _used(orders: Orders, found: Orders) -> dict[str, Order]:
    return {mark: order for mark, order in orders.items() if mark in found}


def readings_of_columns(table: Table, path: Path, stop: int | None) -> Readings:
    """Decide how the columns are read by all of their cells before the row `stop`; raises `AmbiguousDates`."""
    columns, rows = date_columns(table), table.scan(path)
    rows = rows if stop is None else rows.filter(pl.col(ROW) < stop)
    different = [rows.select(each.cell.unique()) for each in columns]
    cells = {
        each.key: frame.to_series()
        for each, frame in zip(columns, pl.collect_all(different, engine="streaming"), strict=True)
    }
    readings, open_ = _readings(table, cells)
    for field in sorted(field for field, examples in open_.items() if examples):
        readings = _with_other_field(table, columns, field, cells, readings)
    return readings


def _with_other_field(
    table: Table, columns: list[DateColumn], field: str, cells: Mapping[str, pl.Series], readings: dict[str, Reading]
) -> dict[str, Reading]:
    """`readings` with the order of `field` decided by the months of the other field and of the file."""
    own = [each for each in columns if each.field == field]
    last = _last_month([each for each in columns if each.field != field], cells, readings)
    witness = _in_time(table, field, last, _witness(table, field))
    numbers = {n for each in own for n in _numbers(each, cells[each.key], readings)}
    orders, examples = decided(numbers, witness)
    if examples:
        raise AmbiguousDates(examples[0], tuple(own))
    return readings | {each.key: replace(readings[each.key], orders=orders) for each in own}


def _last_month(columns: list[DateColumn], cells: Mapping[str, pl.Series], readings: Readings) -> date | None:
    """The last month in `columns`, as far as they can be read."""
    days = [read_days(cells[each.key], each.notations, readings[each.key]).max() for each in columns]
    known = [day.replace(day=1) for day in days if isinstance(day, date)]
    return max(known, default=None)


def _in_time(table: Table, field: str, last: date | None, witness: Witness) -> Witness:
    """`witness` with what follows from time: nothing is accounted for before it is sold."""
    stated = table.metadata
    if field == "statement_period":
        return replace(witness, earliest=last, month=stated.statement_period or stated.period)
    known = [month for month in (last, stated.statement_period, stated.period) if month]
    return replace(witness, latest=max(known, default=None), month=stated.period)
