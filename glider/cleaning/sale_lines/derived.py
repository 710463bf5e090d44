"""Cells that no column holds as they are needed: joined, chosen by level, summed, one line's several kinds of sale,
turned by a sign rule. Only what a layout asks for is added; the outcome is a cell in plain notation (`-1234.56`).
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import polars as pl

from glider.canonical.expressions import first_case
from glider.canonical.schema import AMOUNT
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import Plan
from glider.cleaning.sale_lines.cells import RAW, cell, raw, stripped
from glider.cleaning.values.amounts import Sign, parse_amounts, parse_quantities
from glider.layouts.layout import Choice
from glider.layouts.rules import Kind, SignRule, Sum

SUMMAND: Final = 10**17  # a few numbers below it can be added up without leaving decimal(38,18) or int64
KIND: Final = "kind"  # which kind of sale of its line a row is, as a place among `kinds`
_UNREADABLE: Final = "?"  # parses in no notation
_NOTHING: Final = r"^[0.,\s]*$"


def with_computed(frame: pl.LazyFrame, table: Table, plan: Plan, level: pl.Expr) -> pl.LazyFrame:
    """`frame` has the cells as written; `level` is the expression of a line's level."""
    layout = table.header.layout
    if layout.joined:
        frame = frame.with_columns(_joined(table, names).alias(RAW + name) for name, names in layout.joined.items())
    if layout.by_level:
        frame = frame.with_columns(level.alias("level")).with_columns(_by_level(table))
    if layout.kinds:
        frame = _by_kind(frame, table, plan)
    if layout.sums:
        sums = layout.sums.items()
        frame = frame.with_columns(_sum(table, plan, name, rule).alias(RAW + name) for name, rule in sums)
    for rule in layout.sign:
        frame = frame.with_columns(_turned(table, plan, rule))
    return frame


def only_filled(table: Table, rule: Choice) -> pl.Expr:
    """The name of the only column that holds more than nothing; empty when none or several do."""
    cells = [(name, stripped(place, table)) for name in rule.columns for place in table.columns.named(name)]
    filled = [(name, ~text.str.contains(_NOTHING)) for name, text in cells]
    if not filled:
        return pl.lit("")
    alone = pl.sum_horizontal(holds for _, holds in filled) == 1
    return first_case([(alone & holds, pl.lit(name)) for name, holds in filled], pl.String).fill_null("")


def nothing_of_kind() -> pl.Expr:
    """Whether a line has neither units nor money of its kind."""
    return pl.all_horizontal((raw(name) == "") | (pl.col(name) == 0) for name in ("net", "quantity"))


def _joined(table: Table, names: tuple[str, ...]) -> pl.Expr:
    parts = [cell(table, (name,)).str.replace(r"\.0$", "").str.zfill(2) for name in names]
    whole = pl.all_horizontal(cell(table, (name,)) != "" for name in names)
    return pl.when(whole).then(pl.concat_str(parts, separator="-")).otherwise(pl.lit(""))


def _by_level(table: Table) -> list[pl.Expr]:
    of_release = pl.col("level") == "release"
    return [
        pl.when(of_release)
        .then(cell(table, levels.get("release", ())))
        .otherwise(cell(table, levels.get("track", ())))
        .alias(RAW + name)
        for name, levels in table.header.layout.by_level.items()
    ]


def _by_kind(frame: pl.LazyFrame, table: Table, plan: Plan) -> pl.LazyFrame:
    kinds = table.columns.kinds
    places = pl.lit(list(range(len(kinds))), dtype=pl.List(pl.UInt8))
    frame = frame.with_columns(places.alias(KIND)).explode(KIND)
    fields = table.header.layout.computed
    return frame.with_columns(_of_kind(table, plan, name, kinds).alias(RAW + name) for name in sorted(fields))


def _of_kind(table: Table, plan: Plan, name: str, kinds: tuple[Kind, ...]) -> pl.Expr:
    cases = [(pl.col(KIND) == number, _kind_cell(table, plan, name, kind)) for number, kind in enumerate(kinds)]
    return first_case(cases, pl.String).fill_null("")


def _kind_cell(table: Table, plan: Plan, name: str, kind: Kind) -> pl.Expr:
    sums = dict(kind.sums) | {field: Sum(plus=(column,)) for field, column in kind.columns.items()}
    rule = next((rule for field, rule in sums.items() if field == name), None)
    return _sum(table, plan, name, rule) if rule else pl.lit("0" if name == "net" else "")


def _sum(table: Table, plan: Plan, name: str, rule: Sum) -> pl.Expr:
    plus = table.columns.named(*rule.plus)
    minus = table.columns.named(*rule.minus)
    blank = pl.all_horizontal(stripped(place, table) == "" for place in plus)
    values = [_number(table, plan, place, name) for place in plus]
    values += [-_number(table, plan, place, name) for place in minus]
    total = reduce(lambda one, other: one + other, values)
    return pl.when(blank).then(pl.lit("")).otherwise(total.cast(pl.String).fill_null(_UNREADABLE))


def _number(table: Table, plan: Plan, place: str, name: str) -> pl.Expr:
    """A column's numbers; a blank cell is nothing, one that cannot be read, or not be added up, is null."""
    text = stripped(place, table)
    number = _parsed(text, plan.signs.get(place, "point"), name)
    return pl.when(text == "").then(pl.lit(0)).when(number.abs() < SUMMAND).then(number)


def _parsed(text: pl.Expr, sign: Sign, name: str) -> pl.Expr:
    if name == "quantity":
        return text.map_batches(lambda cells: parse_quantities(cells, sign), pl.Int64, is_elementwise=True)
    return text.map_batches(lambda cells: parse_amounts(cells, sign), AMOUNT, is_elementwise=True)


def _turned(table: Table, plan: Plan, rule: SignRule) -> list[pl.Expr]:
    says = cell(table, (rule.column,)).str.to_lowercase().is_in([value.casefold() for value in rule.equals])
    return [_against(table, plan, name, says) for name in rule.fields if name in table.header.layout.fields]


def _against(table: Table, plan: Plan, name: str, says: pl.Expr) -> pl.Expr:
    number = _parsed(raw(name), sign_of(table, plan, name), name)
    text = pl.when(says).then(-number.abs()).otherwise(number).cast(pl.String).fill_null(_UNREADABLE)
    return pl.when(raw(name) == "").then(pl.lit("")).otherwise(text).alias(RAW + name)


def sign_of(table: Table, plan: Plan, name: str) -> Sign:
    """The decimal sign of a field's cells as they stand in the file; quantities have that of the net column."""
    layout = table.header.layout
    if name in layout.sums or layout.kinds:
        return "point"
    like = "net" if name == "quantity" else name
    summed = [column for field, rule in layout.sums.items() if field == like for column in rule.plus]
    places = [*table.columns.of_field(like), *table.columns.named(*summed)][:1]
    return plan.signs.get(places[0], "point") if places else "point"
