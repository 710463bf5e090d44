"""Finds the first fault of each line, from its form to its values: the reason why it is no sale line.

Nearly every batch of lines is flawless. So faults are compared as small numbers, and reasons are put into words only in
a batch that has one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from glider.canonical.interning import Look
from glider.cleaning.recognition.column_map import AMOUNT_FIELDS
from glider.cleaning.recognition.csv_table import ROW, SURPLUS, Table
from glider.cleaning.recognition.read_plan import ReadPlan, fits_rule
from glider.cleaning.sale_lines.cells import TEXT_ROW, raw, text
from glider.cleaning.sale_lines.derived import decimal_mark_of, nothing_of_kind
from glider.cleaning.sale_lines.months import SeenDates
from glider.cleaning.values.amounts import (
    LARGEST_AMOUNT,
    OTHER_MARK,
    DecimalMark,
    only_with,
    parse_amounts,
    symbols_in,
    within,
)
from glider.layouts.layout import Layout
from glider.layouts.rules import SkipRule

Fault = tuple[pl.Expr, str]
_NONE: Final = 2**16 - 1  # the place of no fault, beyond all others


@dataclass
class PassFindings:
    """What a pass over the lines shows about the plan, filled while the lines are written.

    `open_ends`: some line's last cell is empty, so it may have too few cells. `open_marks`: the fields with a cell that
    the other decimal mark would read in another way. `symbols`: the codes and symbols of currencies in amounts of a
    table whose currency nothing else states. `rounded`: some UPC was rounded by a spreadsheet. `dates`: what columns of
    days and months hold.
    """

    open_ends: bool = False
    open_marks: set[str] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)
    rounded: bool = False
    dates: SeenDates = field(default_factory=SeenDates)


def faults_of(table: Table, plan: ReadPlan, look: Look) -> list[Fault]:
    """Every fault that a line of `table` may have: its condition and reason code. The first that holds counts."""
    return [*_form_faults(table, plan, look), *_value_faults(table)]


def reasons(table: Table, plan: ReadPlan, faults: Sequence[Fault], findings: PassFindings) -> pl.Expr:
    """The reason code of each line, null where nothing is wrong. Fills `findings.open_ends`."""
    amounts = _cells_of_amounts(table)
    codes, nothing = dict(enumerate(code for _, code in faults)), pl.Series([None], dtype=pl.String)

    def named(batch: Sequence[pl.Series]) -> pl.Series:
        ends, first, *cells = batch
        findings.open_ends = findings.open_ends or bool(ends.any())
        if first.min() == _NONE:
            return nothing.new_from_index(0, len(first))
        found = first.replace_strict(codes, default=None, return_dtype=pl.String)
        for name, column in zip(amounts, cells, strict=True):
            found = _explained(found, f"bad_{name}", column, decimal_mark_of(table, plan, name))
        return found

    ends = pl.col(table.every_column[-1]) == ""
    return pl.map_batches([ends, _first(faults), *map(raw, amounts)], named, pl.String, is_elementwise=True)


def _cells_of_amounts(table: Table) -> list[str]:
    """The fields of amounts whose cells are as written, not derived."""
    layout = table.header.layout
    return [name for name in AMOUNT_FIELDS if name in layout.fields and name not in layout.derived]


def _explained(found: pl.Series, bad: str, cells: pl.Series, mark: DecimalMark) -> pl.Series:
    """`found`, with a closer reason than `bad` where a cell of the column is an amount, but not one of its column."""
    where = found == bad
    if not where.any():
        return found
    cells = cells.filter(where)
    # An amount that can be read and yet has none was left out for its currency.
    named = within(parse_amounts(cells, mark), LARGEST_AMOUNT).is_not_null() & (symbols_in(cells) != "")
    other = only_with(cells, OTHER_MARK[mark])
    table = pl.select(pl.when(named).then(pl.lit("other_currency")).when(other).then(pl.lit("other_decimal_mark")))
    return found.scatter(where.arg_true(), table.to_series().fill_null(bad))


def _first(faults: Sequence[Fault]) -> pl.Expr:
    """The place of the first of `faults` that holds, `_NONE` if none does."""
    # The least of small numbers, which are compared a register at a time (measured in docs/speed.md).
    none = pl.lit(_NONE, dtype=pl.UInt16)
    places = [pl.when(wrong).then(pl.lit(n, dtype=pl.UInt16)).otherwise(none) for n, (wrong, _) in enumerate(faults)]
    return pl.min_horizontal(places)


# --- its form ---


def _form_faults(table: Table, plan: ReadPlan, look: Look) -> list[Fault]:
    # Skip rules before the number of cells: a total is no sale, however many cells its line has.
    return [
        *_after_stop(table, plan),
        *_bad_lines(plan, "broken_quotes"),
        (_blank(table), "blank_line"),
        *_skipped(table, look),
        *_lines_in_file(plan.totals_lines, "total_line"),
        *_lines_in_file(plan.carried_lines, "transfer"),
        *_bad_lines(plan, "too_few_cells"),
        (pl.col(SURPLUS).fill_null("") != "", "too_many_cells"),
        *([(nothing_of_kind(), "nothing_of_kind")] if table.header.layout.kinds else []),
    ]


def _blank(table: Table) -> pl.Expr:
    # Interned texts are compared as numbers, which is faster than comparing cells.
    cells = [text(place) if place in table.columns.texts else pl.col(place) for place in table.every_column]
    return ~pl.any_horizontal(cell != "" for cell in cells).fill_null(False)


def _skipped(table: Table, look: Look) -> list[Fault]:
    rules = table.header.layout.skip
    whole = [rule.reason for rule in rules if rule.file and _is_of(table, rule.file)]
    if whole:
        return [(pl.col(ROW).is_not_null(), whole[0])]
    found = [(rule, place) for rule in rules for place in table.columns.named(rule.column)]
    return [(_fits(table, rule, place, look), rule.reason) for rule, place in found]


def _is_of(table: Table, expression: str) -> bool:
    return any(re.search(expression, name) for name in table.names)


def _fits(table: Table, rule: SkipRule, place: str, look: Look) -> pl.Expr:
    condition = fits_rule(rule, pl.col(place).fill_null("").str.strip_chars())
    if place not in table.columns.texts:
        return condition
    return look(text(place), lambda cells: _evaluated(cells, place, condition), pl.Boolean)


def _evaluated(cells: pl.Series, place: str, condition: pl.Expr) -> pl.Series:
    return cells.to_frame(place).select(condition).to_series()


def _after_stop(table: Table, plan: ReadPlan) -> list[Fault]:
    rule = table.header.layout.stop
    return [(pl.col(ROW) >= plan.stop, rule.reason)] if rule and plan.stop is not None else []


def _bad_lines(plan: ReadPlan, reason: str) -> list[Fault]:
    lines = plan.bad_lines.get(reason)
    return [(lines.holds(pl.col(TEXT_ROW)), reason)] if lines else []


def _lines_in_file(numbers: tuple[int, ...], reason: str) -> list[Fault]:
    return [(pl.col("source_row").is_in(list(numbers)), reason)] if numbers else []


# --- its values ---


def _value_faults(table: Table) -> list[Fault]:
    layout = table.header.layout
    return [
        (raw("net") == "", "missing_net"),
        (pl.col("net").is_null(), "bad_net"),
        *_unreadable(layout, "gross", "bad_gross"),
        *_unreadable(layout, "quantity", "bad_quantity"),
        *_period_faults(table),
        *([_unread("statement_period", "bad_statement_period")] if table.columns.has("statement_period") else []),
        *([(raw("currency") == "", "missing_currency")] if table.columns.has("currency") else []),
        (pl.col("currency").is_null(), "bad_currency"),
    ]


def _period_faults(table: Table) -> list[Fault]:
    if not table.columns.has("period") or table.header.layout.dates.stated:
        blank = raw("period") == "" if table.columns.has("period") else pl.lit(True)
        return [(pl.col("period").is_null() & blank, "missing_period"), (pl.col("period").is_null(), "bad_period")]
    return [(raw("period") == "", "missing_period"), (pl.col("period").is_null(), "bad_period")]


def _unreadable(layout: Layout, name: str, reason: str) -> list[Fault]:
    return [_unread(name, reason)] if name in layout.fields else []


def _unread(name: str, reason: str) -> Fault:
    return pl.col(name).is_null() & (raw(name) != ""), reason
