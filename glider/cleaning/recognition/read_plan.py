"""Plans how to read one table: by its layout, and by what only the whole table shows.

The first plan is made from the layout and the table's first lines. A pass that shows it to be wrong leads to a better
one (`glider.cleaning.pipeline`); a well-formed file needs one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.input.line_sets import LineSet
from glider.cleaning.recognition.column_map import AMOUNT_FIELDS, column
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.recognition.date_columns import (
    AmbiguousDates,
    Readings,
    date_columns,
    first_readings,
    readings_of_columns,
)
from glider.cleaning.values.amounts import OTHER_MARK, DecimalMark, decide, evidence, has_two_readings, only_with
from glider.cleaning.values.dates import Order, readings_of
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Convention
from glider.layouts.rules import Matching

SAMPLE_ROWS: Final = 2000
_MARKS: Final[dict[str | None, DecimalMark]] = {".": "point", ",": "comma"}
_IN_WORDS: Final[dict[Order, str]] = {
    "month_first": "if the month comes first",
    "day_first": "if the day comes first",
    "year_first": "if the year comes first",
}


@dataclass(frozen=True)
class ReadPlan:
    """How to read one table: the file at `path`, which is the table's text or a mended copy.

    `marks` is the decimal mark of each column of amounts, and `evident` has the columns whose first lines show it.
    `bad_lines` are numbers, from 1 and in the table's text, of lines known to be malformed, by reason code;
    `totals_lines` and `carried_lines` those, in the file, of lines that state totals and earlier balances.
    `spans_lines`: some cell has several lines, so rows and lines are counted apart. `stop` is the row, from 0, at which
    the table's own summary begins. `symbols` are the codes and symbols of currencies that amounts were seen to name,
    where nothing else states the currency. `totals` are the checks of lines that state totals; None until they were
    looked for. `dates` is how each column of days and months is read.
    """

    path: Path
    marks: dict[str, DecimalMark]
    spans_lines: bool = False
    bad_lines: dict[str, LineSet] = field(default_factory=dict)
    totals_lines: tuple[int, ...] = ()
    carried_lines: tuple[int, ...] = ()
    stop: int | None = None
    evident: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()
    totals: tuple[Check, ...] | None = None
    dates: Readings = field(default_factory=dict)


def first_plan(table: Table) -> ReadPlan:
    """Plan the first pass by the first `SAMPLE_ROWS` rows; what they leave open is decided after it. Raises nothing."""
    names, cells = table.columns.amounts, _first_cells(table)
    convention, found = convention_of(table), {name: evidence(cells[name], sheet=table.sheet) for name in names}
    marks: dict[str, DecimalMark] = {name: decide(counts, convention) or "point" for name, counts in found.items()}
    evident = frozenset(name for name, mark in marks.items() if getattr(found[name], mark) or found[name].numbers)
    dates = first_readings(table, {each.key: cells[each.key] for each in date_columns(table)})
    return with_stop(table, ReadPlan(path=table.text.path, marks=marks, evident=evident, dates=dates))


def _first_cells(table: Table) -> pl.DataFrame:
    """The first cells of the columns of amounts and dates."""
    wanted = [*map(pl.col, table.columns.amounts), *(each.cell for each in date_columns(table))]
    try:
        return table.scan().select(wanted).head(SAMPLE_ROWS).collect()
    except pl.exceptions.ComputeError:  # malformed quotes: the first pass meets them again, and has them mended
        return pl.DataFrame(schema={cell.meta.output_name(): pl.String for cell in wanted})


def convention_of(table: Table) -> Convention:
    """The decimal mark of a column that its cells leave open: as a person answered, else that of the layout."""
    return _MARKS.get(table.answers.decimal_mark) or table.header.layout.decimals


def with_stop(table: Table, plan: ReadPlan) -> ReadPlan:
    """`plan` with the row at which the layout's stop rule ends the sales; unchanged if the table cannot be read."""
    rule = table.header.layout.stop
    found = [column(0)] if rule and not rule.column else table.columns.named(rule.column) if rule else []
    if rule is None or not found:
        return plan
    rows = table.scan(plan.path).filter(fits_rule(rule, pl.col(found[0]).fill_null("").str.strip_chars())).select(ROW)
    try:
        first = rows.head(1).collect(engine="streaming").to_series().to_list()
    except pl.exceptions.ComputeError:
        return plan
    return replace(plan, stop=first[0] if first else None)


def fits_rule(rule: Matching, cell: pl.Expr) -> pl.Expr:
    """Whether a stripped `cell` is one that `rule` names."""
    cases = [cell == ""] if rule.blank else []
    if rule.equals:
        cases.append(cell.str.to_lowercase().is_in([value.casefold() for value in rule.equals]))
    if rule.matches:
        cases.append(cell.str.contains(rule.matches))
    return pl.any_horizontal(cases)


def marks_are_certain(table: Table, plan: ReadPlan, open_marks: set[str]) -> bool:
    """Whether the plan's marks are known to hold for all lines, so that the columns need not be read again.

    Each column's mark must be evident in its first lines, and no cell may contradict it: `open_marks` are the fields in
    which the pass met one that does. Columns that only derived amounts use are not watched by the pass, so never
    certain.
    """
    columns = ((name, table.columns.of_field(name)) for name in AMOUNT_FIELDS)
    fields = {found[0]: name for name, found in columns if len(found) == 1}
    return all(place in fields and place in plan.evident and fields[place] not in open_marks for place in plan.marks)


def marks_of_whole_columns(table: Table, plan: ReadPlan) -> dict[str, DecimalMark]:
    """Decide the decimal mark of each column by all of its cells; raises `ambiguous_decimals` if they leave it open."""
    names, rows = list(plan.marks), table.scan(plan.path)
    if plan.stop is not None:
        rows = rows.filter(pl.col(ROW) < plan.stop)
    # Only cells with a point or comma are evidence, so only they are held in memory.
    whole = rows.select(pl.col(names).filter(pl.col(names).str.contains(r"[.,]")).str.strip_chars().implode())
    cells = whole.collect(engine="streaming")
    return {name: _decided(table, plan, name, cells[name].explode().drop_nulls()) for name in names}


def _decided(table: Table, plan: ReadPlan, name: str, cells: pl.Series) -> DecimalMark:
    counts = evidence(cells, sheet=table.sheet)
    mark = decide(counts, convention_of(table)) or _MARKS.get(table.answers.decimal_mark)
    if mark is not None:
        return mark
    title = _title(table, name)
    doubtful = cells.filter(has_two_readings(cells))
    example = doubtful.first() or cells.filter(only_with(cells, "comma")).first()
    where = f"{example!r} in line {line_of(table, plan, name, str(example))}"
    raise JobFailed(Cause.AMBIGUOUS_DECIMALS, _two_ways(title, where, cells, doubtful=bool(len(doubtful))))


def _two_ways(title: str, where: str, cells: pl.Series, *, doubtful: bool) -> str:
    """Why the column `title` has no decimal mark; `where` is the example and its line."""
    sign = f"in {where}, the sign may part thousands or decimals" if doubtful else f"such as {where}"
    found = [cells.filter(only_with(cells, mark)).first() for mark in OTHER_MARK]
    shown = " and ".join(repr(cell) for cell in found if cell is not None)
    why = f"other cells contradict each other ({shown})" if None not in found else "no cell of the column settles it"
    return (
        f"The amounts in column {title!r} can be read two ways: {sign}, and {why}. "
        "Expected: one decimal mark in the whole column, shown by at least one amount such as 0.50 or 0,50; or the "
        "answer of a person: set decimal_mark and reimport."
    )


def _title(table: Table, name: str) -> str:
    return table.header.cells[int(name.removeprefix("c"))]


def line_of(table: Table, plan: ReadPlan, name: str, cell: str) -> int:
    """The number, from 1, of the first line of the file whose cell in the column `name` is `cell`."""
    found = table.scan(plan.path).filter(pl.col(name).str.strip_chars() == cell).select(pl.col(ROW).min())
    return _line_of_row(table, plan, int(found.collect(engine="streaming").item()))


def _line_of_row(table: Table, plan: ReadPlan, row: int) -> int:
    if not plan.spans_lines or table.parquet is not None:
        return table.number_in_file(row + table.first_line)
    # Each line break within a cell moves all later rows down by one line.
    breaks = pl.sum_horizontal(pl.col(each).str.count_matches("\n", literal=True) for each in table.every_column)
    before = table.scan(plan.path).filter(pl.col(ROW) < row).select(breaks.sum())
    return table.number_in_file(row + table.first_line + int(before.collect(engine="streaming").item() or 0))


# --- days and months ---


def dates_of_whole_columns(table: Table, plan: ReadPlan) -> Readings:
    """Decide how each column of days and months is read by all of its cells; raises `ambiguous_dates` if they leave
    open whether day or month comes first."""
    try:
        return readings_of_columns(table, plan.path, plan.stop)
    except AmbiguousDates as found:
        raise JobFailed(Cause.AMBIGUOUS_DATES, _two_orders(table, plan, found)) from found


def _two_orders(table: Table, plan: ReadPlan, found: AmbiguousDates) -> str:
    title, cell, line = _example_of(table, plan, found)
    days = " or ".join(f"{day} {_IN_WORDS[order]}" for order, day in readings_of(found.numbers).items())
    return (
        f"The dates in column {title!r} can be read two ways: {cell!r} in line {line} is {days}, and nothing in the "
        "file decides. Expected: dates of one order, one of them with a day above 12, or dates such as 2026-02-01; or "
        "the answer of a person: set day_first to true or false and reimport."
    )


def _example_of(table: Table, plan: ReadPlan, found: AmbiguousDates) -> tuple[str, str, int]:
    """The column, the cell as written and the line of the first cell with the numbers of `found`."""
    mark = next(each for each in found.numbers if not each.isdigit())
    pattern = rf"^0?{f'{re.escape(mark)} ?0?'.join(found.numbers.split(mark))}(?:\D|$)"
    for each in found.columns:
        rows = table.scan(plan.path).select(ROW, each.cell.alias("cell"))
        first = rows.filter(pl.col("cell").str.contains(pattern)).head(1).collect(engine="streaming")
        if first.height:
            row, cell = first.row(0)
            return _title(table, each.places[0]), cell, _line_of_row(table, plan, row)
    raise AssertionError(found.numbers)  # the numbers were read from one of these columns
