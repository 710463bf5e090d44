"""Reads columns of days and months, and decides from all of a column's cells whether day or month comes first.

`3/4/2026` has two readings: which one holds is shown by a day above 12 (`13/4/2026`), by months, which are always their
first days, or by the layout. What shows nothing is left open, never guessed. A spreadsheet that saves a file again
rewrites a column as a whole (`Feb-26`, `46054`): such notations are read where they are those of the column, while a
stray cell among the layout's own notation is no date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from glider.layouts.periods import day_of, parse_days, rewritten_days, serial_days

Order = Literal["month_first", "day_first", "year_first"]
Orders = Mapping[str, Order]  # the separator of the numbers → their order
MARKS: Final = ("/", ".", "-")
ORDERS: Final[tuple[Order, ...]] = ("month_first", "day_first", "year_first")
# Notations of three numbers whose order is decided for the column, and the separators that files of them have.
STATED: Final[dict[str, tuple[Order, str]]] = {
    "month_day_year": ("month_first", "/-"),
    "day_month_year": ("day_first", "/-."),
}
_NUMBERS: Final = (
    r"^(?P<one>\d{1,2})(?P<mark>[/.-]) ?(?P<two>\d{1,2})(?P<second>[/.-]) ?(?P<three>\d{4}|\d{2})\.?(?:[T ,].*)?$"
)
_LEAST_YEAR: Final = 15  # 14-02-01 is no year, month and day: nobody sells music of so long ago in this notation
_MOST_ODD: Final = 10  # cells of the stated order for each that contradicts it, where others have two readings


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read: the order of three numbers by their separator, and whether a spreadsheet
    has `rewritten` the column, or put `serials` (numbers of days) in it."""

    orders: Orders
    rewritten: bool = False
    serials: bool = False


@dataclass(frozen=True)
class Witness:
    """What speaks for an order beside the cells. `answer`: a person's; `months`: the column holds months, so their
    first days; `stated`: the layout's order by separator; no cell is after the month `latest` or before `earliest`;
    `month`: all cells are in it."""

    answer: Order | None = None
    months: bool = False
    stated: Orders | None = None
    latest: date | None = None
    earliest: date | None = None
    month: date | None = None


# --- cells to days ---


def read_days(cells: pl.Series, notations: tuple[str, ...], reading: Reading) -> pl.Series:
    """Parse strings to dates; null where a cell is none. A notation without days gives the first of the month."""
    # Nearly all columns have the layout's notation in all cells, and small files have no time for further looks.
    own = own_notations(notations)
    days = parse_days(cells, own) if own else _none(cells)
    if not _has_unread(cells, days):
        return days
    parsed = [days, _ordered(cells, reading.orders, MARKS if reading.rewritten else stated_marks(notations))]
    if reading.rewritten:
        parsed.append(rewritten_days(cells))
    if reading.serials:
        parsed.append(serial_days(cells))
    return pl.select(pl.coalesce(parsed)).to_series()


def unread(cells: pl.Series, days: pl.Series) -> pl.Series:
    """Those of `cells` that are not blank and were read as no day."""
    return cells.filter(days.is_null() & (cells.str.strip_chars() != "").fill_null(False))


def _has_unread(cells: pl.Series, days: pl.Series) -> bool:
    return bool(days.null_count()) and len(unread(cells, days)) > 0


def _none(cells: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=pl.Date).new_from_index(0, len(cells))


def own_notations(notations: tuple[str, ...]) -> tuple[str, ...]:
    """The `notations` of a layout that have one reading."""
    return tuple(name for name in notations if name not in STATED)


def stated_marks(notations: tuple[str, ...]) -> str:
    """The separators of three numbers in the `notations` of a layout."""
    return "".join(STATED[name][1] for name in notations if name in STATED)


def stated_orders(notations: tuple[str, ...]) -> dict[str, Order]:
    """The order that the `notations` of a layout state by separator; empty if they state both."""
    found = [STATED[name] for name in notations if name in STATED]
    return dict.fromkeys(found[0][1], found[0][0]) if len(found) == 1 else {}


def _ordered(cells: pl.Series, orders: Orders, marks: Collection[str]) -> pl.Series:
    wanted = {mark: order for mark, order in orders.items() if mark in marks}
    if not wanted:
        return _none(cells)
    found = _readings(cells)
    days = [pl.when(pl.col("mark") == mark).then(pl.col(order)) for mark, order in wanted.items()]
    return found.select(pl.coalesce(days)).to_series()


def _readings(cells: pl.Series) -> pl.DataFrame:
    """`mark`, the separator, and the day of each cell in each of `ORDERS`; null where it is none."""
    groups = cells.str.strip_chars().to_frame("text").select(pl.col("text").str.extract_groups(_NUMBERS))
    one, two, three = (pl.col(name).cast(pl.Int32, strict=False) for name in ("one", "two", "three"))
    same = pl.when(pl.col("mark") == pl.col("second"))
    short = (pl.col("three").str.len_chars() == 2) & (one >= _LEAST_YEAR)
    return groups.unnest("text").select(
        same.then(pl.col("mark")).alias("mark"),
        pl.format("{}{}{}{}{}", one, "mark", two, "mark", "three").alias("numbers"),
        same.then(day_of(three, one, two)).alias("month_first"),
        same.then(day_of(three, two, one)).alias("day_first"),
        same.then(pl.when(short).then(day_of(one, two, three))).alias("year_first"),
    )


# --- what a column's cells are ---


def numbers_in(cells: pl.Series, notations: tuple[str, ...], *, rewritten: bool) -> pl.Series:
    """The different dates of three numbers among `cells` that are read: with the separators of `notations`, or with any
    in a column that was `rewritten`. They have no zeros in front, and nothing follows them."""
    marks = list(MARKS if rewritten else stated_marks(notations))
    if not marks or not cells.str.contains(_NUMBERS).any():
        return pl.Series(dtype=pl.String)
    found = _readings(cells).filter(~pl.all_horizontal(pl.col(ORDERS).is_null()) & pl.col("mark").is_in(marks))
    return found["numbers"].unique()


@dataclass(frozen=True)
class Notations:
    """How many of a column's different cells are dates in the layout's own notations, as a spreadsheet rewrites them,
    or as a number of days; `filled` are all that are not blank."""

    own: int = 0
    rewritten: int = 0
    serials: int = 0
    filled: int = 0


def notations_of(cells: pl.Series, notations: tuple[str, ...]) -> Notations:
    """Count the different `cells` of a column by what they are."""
    filled = cells.filter(cells.str.strip_chars() != "").unique()
    unordered = own_notations(notations)
    others = unread(filled, parse_days(filled, unordered)) if unordered else filled
    if not len(others):
        return Notations(own=len(filled), filled=len(filled))
    numbers = _readings(others)
    ordered = ~numbers.select(pl.all_horizontal(pl.col(ORDERS).is_null())).to_series()
    stated = ordered & numbers["mark"].is_in(list(stated_marks(notations))).fill_null(False)
    rewritten = ~stated & (ordered | rewritten_days(others).is_not_null())
    serials = ~stated & ~rewritten & serial_days(others).is_not_null()
    own = len(filled) - len(others) + int(stated.sum())
    return Notations(own, int(rewritten.sum()), int(serials.sum()), len(filled))


def is_rewritten(found: Notations) -> bool:
    """Whether a spreadsheet has rewritten the column: cells in its notations are more than those in the layout's."""
    return found.rewritten + found.serials > found.own


def has_serials(found: Notations, *, alone: bool) -> bool:
    """Whether numbers in the column are days. Where the column is not `alone` (others take its place where it has no
    date), it may hold other numbers: then every cell has to be a date."""
    dates = found.own + found.rewritten + found.serials
    return is_rewritten(found) and (2 * dates > found.filled if alone else dates == found.filled)


# --- the order of day and month ---


def decided(numbers: Iterable[str], witness: Witness) -> tuple[dict[str, Order], list[str]]:
    """Decide the order for each separator among `numbers` (as of `numbers_in`); second, one example of each separator
    that is left open."""
    different = sorted(numbers)
    if not different:
        return {}, []
    found = _readings(pl.Series(different, dtype=pl.String))
    orders: dict[str, Order] = {}
    examples = []
    for (mark,), group in found.group_by("mark", maintain_order=True):
        order = _order(group, str(mark), witness)
        if order is None:
            examples.append(_example(group))
        else:
            orders[str(mark)] = order
    return orders, examples


def readings_of(numbers: str) -> dict[Order, date]:
    """The days that one cell may be, by the order in which it is read."""
    row = _readings(pl.Series([numbers])).row(0, named=True)
    return {order: row[order] for order in ORDERS if row[order]}


def _example(group: pl.DataFrame) -> str:
    several = group.filter(_two_ways())
    return str((several if several.height else group)["numbers"][0])


def _two_ways() -> pl.Expr:
    days = pl.concat_list(ORDERS).list.drop_nulls().list.unique().list.len()
    return days > 1


def _order(group: pl.DataFrame, mark: str, witness: Witness) -> Order | None:
    stated = (witness.stated or {}).get(mark)
    whole = [order for order in ORDERS if not group[order].has_nulls()]
    if not whole:
        return witness.answer or _of_most(group, stated)
    for narrow in (_answered, _firsts, _stated, _in_time, _in_month):
        whole = narrow(group, whole, witness, stated) or whole
        if all(group[order].equals(group[whole[0]]) for order in whole):
            return whole[0]
    return None


def _answered(group: pl.DataFrame, whole: list[Order], witness: Witness, stated: Order | None) -> list[Order]:
    return [order for order in whole if order == witness.answer]


def _firsts(group: pl.DataFrame, whole: list[Order], witness: Witness, stated: Order | None) -> list[Order]:
    return [order for order in whole if witness.months and (group[order].dt.day() == 1).all()]


def _stated(group: pl.DataFrame, whole: list[Order], witness: Witness, stated: Order | None) -> list[Order]:
    return [order for order in whole if order == stated]


def _in_time(group: pl.DataFrame, whole: list[Order], witness: Witness, stated: Order | None) -> list[Order]:
    return [order for order in whole if not _is_out_of_time(group[order].dt.month_start(), witness)]


def _is_out_of_time(months: pl.Series, witness: Witness) -> bool:
    late = witness.latest is not None and (months > witness.latest).any()
    return late or (witness.earliest is not None and bool((months < witness.earliest).any()))


def _in_month(group: pl.DataFrame, whole: list[Order], witness: Witness, stated: Order | None) -> list[Order]:
    return [order for order in whole if (group[order].dt.month_start() == witness.month).all()] if witness.month else []


def _of_most(group: pl.DataFrame, stated: Order | None) -> Order | None:
    """The order of most cells of a column that contradicts itself. Cells with two readings must not rest on that
    alone, but on a layout that only a few contradict; the others are rejected."""
    alone = {order: _only_in(group, order) for order in ORDERS}
    most = max(ORDERS, key=lambda order: (alone[order], order == stated))
    others = sum(count for order, count in alone.items() if order != most)
    if group.select(_two_ways().any()).item():
        return most if most == stated and alone[most] >= _MOST_ODD * others else None
    return most if alone[most] > others or most == stated else None


def _only_in(group: pl.DataFrame, order: Order) -> int:
    others = [pl.col(other).is_null() for other in ORDERS if other != order]
    return int(group.select((pl.col(order).is_not_null() & pl.all_horizontal(others)).sum()).item())
