"""Notices about a table whose lines are written: numbers of a line that do not fit each other, periods longer than a
month, territories that are no country, codes that were lost, and what was taken from elsewhere than the file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.interning import with_strings
from glider.canonical.schema import AMOUNT, REASON, UNKNOWN_TERRITORY
from glider.canonical.staged_lines import scan_lines
from glider.checks import check
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.recognition.date_columns import key_of, notations_for, reading
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import cell, source_row
from glider.cleaning.sale_lines.derived import decimal_mark_of
from glider.cleaning.values.amounts import DecimalMark, parse_amounts
from glider.cleaning.values.dates import read_days
from glider.cleaning.values.territories import is_region
from glider.contract import Check
from glider.layouts.periods import LONGEST_MONTH, SPANS, are_spans
from glider.layouts.rules import Identity
from oas.kernel.amounts import format_amount
from oas.kernel.totals import ROUNDED

MOST_NAMES: Final = 20  # of territories in one notice
FACTOR: Final = 10**9  # two numbers below it can be multiplied without leaving decimal(38,18)


def notices(table: Table, plan: ReadPlan, lines: Path) -> tuple[list[str], list[Check]]:
    """Return warnings about `table`, and a check for each identity that keeps a file for review where it fails.

    `lines` are the table's staged lines.
    """
    warnings, checks = [*_assumed(table, plan), *_spans(table, plan), *_territories(table, plan, lines)], []
    for rule in _usable(table):
        count, first = _failures(table, plan, rule)
        if rule.stops:
            checks.append(check(f"lines in which {rule.text} does not hold", 0, count))
        if count:
            warnings.append(f"{rule.text} does not hold in {_lines(count)}; the first is line {first}.")
    return warnings, checks


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def rounded_codes(paths: Sequence[Path]) -> list[str]:
    """Return a warning about UPCs that a spreadsheet rounded in the staged lines at `paths`; nothing without any."""
    lines = [scan_lines(path).filter(pl.col(REASON).is_null()).select(pl.col("upc").cast(pl.String)) for path in paths]
    if not lines:
        return []
    found = pl.concat(lines).filter(pl.col("upc").str.contains(ROUNDED))
    count, example = found.select(pl.len().alias("count"), pl.col("upc").min()).collect(engine="streaming").row(0)
    if not count:
        return []
    text = f"The UPC of {_lines(count)} is none: a spreadsheet rounded it, as in {example}."
    return [f"{text} Such lines are counted under artist and title."]


# --- what the file does not state ---


def _assumed(table: Table, plan: ReadPlan) -> list[str]:
    layout, texts = table.header.layout, []
    if table.lines == 0:
        return ["The file states that there is nothing to account for."]
    if table.header.missing:
        lacking = f"The header lacks {table.header.missing[0]!r}, which such files have"
        texts.append(f"{lacking}; it was recognised as {layout.title} by its other columns.")
    if table.metadata.account and not plan.symbols and not table.columns.has("currency"):
        texts.append(f"The file does not say its currency; that of the account, {table.metadata.currency}, was taken.")
    if layout.dates.of_statement:
        texts.append("The file does not say the month of a sale; lines are kept under the month of the statement.")
    return texts


# --- periods longer than a month ---


def _spans(table: Table, plan: ReadPlan) -> list[str]:
    dates = table.header.layout.dates
    fields = {"period": dates.period, "statement_period": dates.statement_period}
    # Only notations that can be spans are worth another pass over the column.
    found = [_span(table, plan, name, notations) for name, notations in fields.items() if {*notations} & {*SPANS}]
    return [_of_span(example) for example in (*found, _span_of_columns(table, plan), _span_in_name(table)) if example]


def _span_in_name(table: Table) -> str:
    """The span that the file's name gives to lines without a period of their own; empty if there is none."""
    return table.metadata.span if table.metadata.span and not table.columns.of_field("period") else ""


def _span(table: Table, plan: ReadPlan, name: str, notations: tuple[str, ...]) -> str:
    """The first, by the alphabet, of the spans in the field `name`; empty if there is none."""
    names = table.header.layout.columns.get(name, ())
    cells = _different(table, plan, names) if table.columns.named(*names) else pl.Series([], dtype=pl.String)
    spans = cells.filter(are_spans(cells, notations)).sort()
    return str(spans[0]) if len(spans) else ""


def _of_span(example: str) -> str:
    return f"Periods such as {example} are longer than a month; they are kept under their first month."


def _span_of_columns(table: Table, plan: ReadPlan) -> str:
    """The first span that is given by two columns, as `start to end`; empty if there is none."""
    columns, notations = table.header.layout.columns, notations_for(table, "period")
    names = (columns.get("period", ()), columns.get("period_end", ()))
    if not all(table.columns.named(*name) for name in names):
        return ""
    pairs = (
        table.scan(plan.path).select(cell(table, names[0]).alias("start"), cell(table, names[1]).alias("end")).unique()
    )
    found = pairs.collect(engine="streaming").sort("start", "end")
    hows = (reading(table, plan.dates, key_of(name)) for name in ("period", "period_end"))
    start, end = (
        read_days(found[name], notations, how).cast(pl.Int32) for name, how in zip(("start", "end"), hows, strict=True)
    )
    long = found.filter((end - start) >= LONGEST_MONTH)
    return " to ".join(long.row(0)) if len(long) else ""


def _different(table: Table, plan: ReadPlan, names: tuple[str, ...]) -> pl.Series:
    cells = table.scan(plan.path).select(cell(table, names).alias("cell").unique())
    return cells.collect(engine="streaming").to_series()


# --- territories ---


def _territories(table: Table, plan: ReadPlan, lines: Path) -> list[str]:
    """Notices that name regions and unknown territories of accepted lines, the largest first."""
    found = _without_country(table, plan, lines)
    regions = [name for name in found["territory"].unique(maintain_order=True) if is_region(name)]
    named = [
        ("Regions are no countries", found.filter(pl.col("territory").is_in(regions))),
        ("Unknown territories", found.filter(~pl.col("territory").is_in(regions))),
    ]
    return [f"{title}: {_listed(names)}; they are kept under ZZ." for title, names in named if len(names)]


def _without_country(table: Table, plan: ReadPlan, lines: Path) -> pl.DataFrame:
    """Territories as written that became ZZ, with the `count` of their lines and their `net` by currency."""
    unknown = pl.col(REASON).is_null() & (pl.col("territory") == UNKNOWN_TERRITORY)
    sales = with_strings(scan_lines(lines).select("source_row", "territory", "currency", "net", REASON)).filter(unknown)
    names = table.header.layout.columns.get("territory", ())
    # Only a file with such lines costs another pass over its column.
    if not table.columns.named(*names) or sales.head(1).collect(engine="streaming").is_empty():
        return pl.DataFrame(schema={"territory": pl.String, "currency": pl.String, "count": pl.UInt32, "net": AMOUNT})
    rows = source_row(table, spans_lines=plan.spans_lines).alias("source_row")
    written = (
        table.scan(plan.path).select(rows, cell(table, names).alias("territory")).filter(pl.col("territory") != "")
    )
    joined = sales.drop("territory").join(written, on="source_row")
    totals = joined.group_by("territory", "currency").agg(pl.len().alias("count"), pl.col("net").sum())
    return totals.collect(engine="streaming").sort(pl.col("net").abs(), "territory", descending=[True, False])


def _listed(names: pl.DataFrame) -> str:
    shown = [
        f"{name[:60]} ({_lines(count)}, {format_amount(net)} {currency})"
        for name, currency, count, net in names.head(MOST_NAMES).select("territory", "currency", "count", "net").rows()
    ]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


# --- identities ---


def _usable(table: Table) -> list[Identity]:
    """The identities whose columns the table all has."""
    rules = table.header.layout.identities
    return [rule for rule in rules if all(table.columns.named(name) for name in rule.columns)]


def _failures(table: Table, plan: ReadPlan, rule: Identity) -> tuple[int, int]:
    """In how many lines `rule` does not hold, and the number of the first.

    Lines with a cell that is no number do not count: they are rejected for that.
    """
    mark = decimal_mark_of(table, plan, "net")
    frame = table.scan(plan.path)
    if plan.stop is not None:
        frame = frame.filter(pl.col(ROW) < plan.stop)
    off = (_result(table, rule, mark) - _number(table, rule.equals, mark)).abs() > pl.lit(rule.tolerance, dtype=AMOUNT)
    rows = frame.filter(off).select(pl.len().alias("count"), pl.col(ROW).min().alias("first"))
    count, first = rows.collect(engine="streaming").row(0)
    return count, table.number_in_file((first or 0) + table.first_line)


def _result(table: Table, rule: Identity, mark: DecimalMark) -> pl.Expr:
    if rule.times:
        return reduce(lambda one, other: one * other, [_number(table, name, mark) for name in rule.times])
    plus = [_number(table, name, mark) for name in rule.plus]
    return reduce(lambda one, other: one + other, [*plus, *(-_number(table, name, mark) for name in rule.minus)])


def _number(table: Table, name: str, mark: DecimalMark) -> pl.Expr:
    text = cell(table, (name,))
    number = text.map_batches(lambda cells: parse_amounts(cells, mark, sheet=table.sheet), AMOUNT, is_elementwise=True)
    return pl.when(number.abs() < FACTOR).then(number)
