"""What there is to say about a table whose lines are settled: numbers of a line that do not fit each other, periods
that are spans, what the file did not say and was taken from elsewhere."""

from __future__ import annotations

from functools import reduce
from typing import Final

import polars as pl

from glider.canonical.schema import AMOUNT
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.recognition.read_plan import Plan
from glider.cleaning.sale_lines.cells import cell
from glider.cleaning.sale_lines.derived import sign_of
from glider.cleaning.values.amounts import Sign, parse_amounts
from glider.contract import Check
from glider.layouts.periods import LONGEST_MONTH, SPANS, are_spans, parse_days
from glider.layouts.rules import Identity
from glider.reason_codes import check

FACTOR: Final = 10**9  # two numbers below it can be multiplied without leaving decimal(38,18)


def remarks(table: Table, plan: Plan) -> tuple[list[str], list[Check]]:
    """Warnings, and the identities that keep a file for review where they fail."""
    warnings, checks = [*_unsaid(table), *_spans(table, plan)], []
    for rule in _usable(table):
        count, first = _failures(table, plan, rule)
        if rule.stops:
            checks.append(check(f"lines in which {rule.text} does not hold", 0, count))
        if count:
            warnings.append(f"{rule.text} does not hold in {_lines(count)}; the first is line {first}.")
    return warnings, checks


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


# --- what the file does not say ---


def _unsaid(table: Table) -> list[str]:
    layout, told = table.header.layout, []
    if table.lines == 0:
        return ["The file states that there is nothing to account for."]
    if table.stated.account and not table.columns.has("currency"):
        told.append(f"The file does not say its currency; that of the account, {table.stated.currency}, was taken.")
    if layout.dates.of_statement:
        told.append("The file does not say the month of a sale; lines are kept under the month of the statement.")
    return told


# --- periods longer than a month ---


def _spans(table: Table, plan: Plan) -> list[str]:
    dates = table.header.layout.dates
    fields = {"period": dates.period, "statement_period": dates.statement_period}
    told = [_span(table, plan, name, notations) for name, notations in fields.items() if {*notations} & {*SPANS}]
    return [_kept(example) for example in (*told, _long(table, plan), _in_name(table)) if example]


def _in_name(table: Table) -> str:
    """The span that the file's name gives to lines without a period of their own."""
    return table.stated.span if table.stated.span and not table.columns.of_field("period") else ""


def _span(table: Table, plan: Plan, name: str, notations: tuple[str, ...]) -> str:
    names = table.header.layout.columns.get(name, ())
    cells = _different(table, plan, names) if table.columns.named(*names) else pl.Series([], dtype=pl.String)
    spans = cells.filter(are_spans(cells, notations)).sort()
    return str(spans[0]) if len(spans) else ""


def _kept(example: str) -> str:
    return f"Periods such as {example} are longer than a month; they are kept under their first month."


def _long(table: Table, plan: Plan) -> str:
    """Spans given by two columns."""
    columns, notations = table.header.layout.columns, table.header.layout.dates.period
    names = (columns.get("period", ()), columns.get("period_end", ()))
    if not all(table.columns.named(*name) for name in names):
        return ""
    pairs = (
        table.scan(plan.path).select(cell(table, names[0]).alias("start"), cell(table, names[1]).alias("end")).unique()
    )
    found = pairs.collect(engine="streaming").sort("start", "end")
    start, end = (parse_days(found[name], notations).cast(pl.Int32) for name in ("start", "end"))
    long = found.filter((end - start) >= LONGEST_MONTH)
    return " to ".join(long.row(0)) if len(long) else ""


def _different(table: Table, plan: Plan, names: tuple[str, ...]) -> pl.Series:
    cells = table.scan(plan.path).select(cell(table, names).alias("cell").unique())
    return cells.collect(engine="streaming").to_series()


# --- identities ---


def _usable(table: Table) -> list[Identity]:
    """Those whose columns are all there."""
    rules = table.header.layout.identities
    return [rule for rule in rules if all(table.columns.named(name) for name in rule.columns)]


def _failures(table: Table, plan: Plan, rule: Identity) -> tuple[int, int]:
    """How many lines it does not hold in, and the number of the first. Lines with a cell that is no number do not
    count: they have reasons of their own."""
    sign = sign_of(table, plan, "net")
    frame = table.scan(plan.path)
    if plan.stop is not None:
        frame = frame.filter(pl.col(ROW) < plan.stop)
    off = (_worked_out(table, rule, sign) - _number(table, rule.equals, sign)).abs() > pl.lit(
        rule.tolerance, dtype=AMOUNT
    )
    rows = frame.filter(off).select(pl.len().alias("count"), pl.col(ROW).min().alias("first"))
    count, first = rows.collect(engine="streaming").row(0)
    return count, (first or 0) + table.first_line


def _worked_out(table: Table, rule: Identity, sign: Sign) -> pl.Expr:
    if rule.times:
        return reduce(lambda one, other: one * other, [_number(table, name, sign) for name in rule.times])
    plus = [_number(table, name, sign) for name in rule.plus]
    return reduce(lambda one, other: one + other, [*plus, *(-_number(table, name, sign) for name in rule.minus)])


def _number(table: Table, name: str, sign: Sign) -> pl.Expr:
    text = cell(table, (name,))
    number = text.map_batches(lambda cells: parse_amounts(cells, sign), AMOUNT, is_elementwise=True)
    return pl.when(number.abs() < FACTOR).then(number)
