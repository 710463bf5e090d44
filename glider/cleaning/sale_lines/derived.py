"""Derives cells that no column holds: joined dates, cells chosen by level, sums, the several kinds of sale of one line,
and numbers under a sign rule.

Only what the layout asks for is added. A derived number is text again, written like `-1234.56`, so that it is parsed
and judged like any other cell.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import polars as pl

from glider.canonical.expressions import first_case
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import RAW, cell, raw, stripped
from glider.cleaning.sale_lines.currency import amounts_in
from glider.cleaning.values.amounts import DecimalMark, parse_quantities
from glider.layouts.choices import Choice
from glider.layouts.rules import Fallback, Kind, SignRule, Sum

SUMMAND: Final = 10**17  # numbers below it can be added up by the dozen without leaving decimal(38,18) or int64
KIND: Final = "kind"  # which kind of sale of its line a row is, as a place among `ColumnMap.kinds`
_UNREADABLE: Final = "?"  # stands for a sum that has no value; no notation can parse it, so its line is rejected
_MINUS: Final = r"^\D{0,4}[-(\u2212]|[-\u2212]$"  # of an amount: `-1`, `$ -1`, `(1)`, `1-`
_NOTHING: Final = r"^[0.,\s]*$"


def with_derived(frame: pl.LazyFrame, table: Table, plan: ReadPlan, level: pl.Expr) -> pl.LazyFrame:
    """Add derived cells to `frame`, which has the fields as written; `level` is the expression of a line's level."""
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
    for rule in layout.fallback:
        frame = frame.with_columns(_calculated(table, plan, rule))
    # Last: a sign rule may apply to a sum.
    for sign in layout.sign:
        if not (sign.unless_signed and _is_signed(table, plan, sign)):
            frame = frame.with_columns(_with_sign(table, plan, sign))
    return frame


def only_filled(table: Table, rule: Choice) -> pl.Expr:
    """The name of the only column of `rule` that is neither blank nor zero; empty if none or several are."""
    cells = [(name, stripped(place, table)) for name in rule.columns for place in table.columns.named(name)]
    filled = [(name, ~text.str.contains(_NOTHING)) for name, text in cells]
    if not filled:
        return pl.lit("")
    alone = pl.sum_horizontal(holds for _, holds in filled) == 1
    return first_case([(alone & holds, pl.lit(name)) for name, holds in filled], pl.String).fill_null("")


def nothing_of_kind() -> pl.Expr:
    """Whether a row has neither units nor money of its kind of sale."""
    return pl.all_horizontal((raw(name) == "") | (pl.col(name) == 0) for name in ("net", "quantity"))


def _joined(table: Table, names: tuple[str, ...]) -> pl.Expr:
    # Spreadsheets may have saved years and months as 2025.0 and 7.0.
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


def _by_kind(frame: pl.LazyFrame, table: Table, plan: ReadPlan) -> pl.LazyFrame:
    """Make a row of each kind of sale of a line."""
    kinds = table.columns.kinds
    places = pl.lit(list(range(len(kinds))), dtype=pl.List(pl.UInt8))
    frame = frame.with_columns(places.alias(KIND)).explode(KIND)
    fields = table.header.layout.derived
    return frame.with_columns(_of_kind(table, plan, name, kinds).alias(RAW + name) for name in sorted(fields))


def _of_kind(table: Table, plan: ReadPlan, name: str, kinds: tuple[Kind, ...]) -> pl.Expr:
    cases = [(pl.col(KIND) == number, _kind_cell(table, plan, name, kind)) for number, kind in enumerate(kinds)]
    return first_case(cases, pl.String).fill_null("")


def _kind_cell(table: Table, plan: ReadPlan, name: str, kind: Kind) -> pl.Expr:
    sums = dict(kind.sums) | {field: Sum(plus=(column,)) for field, column in kind.columns.items()}
    rule = next((rule for field, rule in sums.items() if field == name), None)
    return _sum(table, plan, name, rule) if rule else pl.lit("0" if name == "net" else "")


def _sum(table: Table, plan: ReadPlan, name: str, rule: Sum) -> pl.Expr:
    plus = table.columns.named(*rule.plus)
    minus = table.columns.named(*rule.minus)
    blank = pl.all_horizontal(stripped(place, table) == "" for place in plus)
    values = [_number(table, plan, place, name) for place in plus]
    values += [-_number(table, plan, place, name) for place in minus]
    total = reduce(lambda one, other: one + other, values)
    return pl.when(blank).then(pl.lit("")).otherwise(total.cast(pl.String).fill_null(_UNREADABLE))


def _calculated(table: Table, plan: ReadPlan, rule: Fallback) -> pl.Expr:
    """The field of `rule` as written, and calculated in the lines of the rule that leave it blank."""
    written = raw(rule.field)
    if len(table.columns.named(*rule.plus, *rule.minus)) < len(rule.plus) + len(rule.minus):
        return written
    number = _sum(table, plan, rule.field, Sum(plus=(*rule.plus, *rule.optional), minus=rule.minus))
    if rule.negative:
        number = pl.when(number.str.contains(r"^-|^[0.]*$|^\?$")).then(number).otherwise(pl.lit(""))
    # It is parsed with the other cells of the column, so it is written in their notation.
    if decimal_mark_of(table, plan, rule.field) == "comma":
        number = number.str.replace(".", ",", literal=True)
    return pl.when(_is_one_of(table, rule) & (written == "")).then(number).otherwise(written).alias(RAW + rule.field)


def _number(table: Table, plan: ReadPlan, place: str, name: str) -> pl.Expr:
    """The numbers of a column; a blank cell is 0, one that cannot be read or is too large to be added up is null."""
    text = stripped(place, table)
    number = _parsed(table, text, plan.marks.get(place, "point"), name)
    return pl.when(text == "").then(pl.lit(0)).when(number.abs() < SUMMAND).then(number)


def _parsed(table: Table, text: pl.Expr, mark: DecimalMark, name: str) -> pl.Expr:
    if name == "quantity":
        return text.map_batches(lambda cells: parse_quantities(cells, mark), pl.Int64, is_elementwise=True)
    return amounts_in(table, text, mark)


def _with_sign(table: Table, plan: ReadPlan, rule: SignRule) -> list[pl.Expr]:
    counts_against = _is_one_of(table, rule)
    return [_negated(table, plan, name, counts_against) for name in rule.fields if name in table.header.layout.fields]


def _is_one_of(table: Table, rule: SignRule | Fallback) -> pl.Expr:
    return cell(table, (rule.column,)).str.to_lowercase().is_in([value.casefold() for value in rule.equals])


def _is_signed(table: Table, plan: ReadPlan, rule: SignRule) -> bool:
    """Whether a line of `rule` is negative as it is written."""
    cells = [stripped(place, table) for name in rule.fields for place in table.columns.of_field(name)]
    if not cells:
        return False
    minus = pl.any_horizontal(text.str.contains(_MINUS) for text in cells)
    found = table.scan(plan.path).filter(_is_one_of(table, rule) & minus).head(1)
    try:
        return not found.collect(engine="streaming").is_empty()
    except pl.exceptions.ComputeError:  # malformed quotes: the pass meets them too, and has them mended
        return False


def _negated(table: Table, plan: ReadPlan, name: str, where: pl.Expr) -> pl.Expr:
    number = _parsed(table, raw(name), decimal_mark_of(table, plan, name), name)
    # Some files already write the minus: the number is negative either way.
    text = pl.when(where).then(-number.abs()).otherwise(number).cast(pl.String).fill_null(_UNREADABLE)
    return pl.when(raw(name) == "").then(pl.lit("")).otherwise(text).alias(RAW + name)


def decimal_mark_of(table: Table, plan: ReadPlan, name: str) -> DecimalMark:
    """The decimal mark of the field `name` as written; quantities are read with that of the net column."""
    layout = table.header.layout
    if name in layout.sums or layout.kinds:
        return "point"
    like = "net" if name == "quantity" else name
    summed = [column for field, rule in layout.sums.items() if field == like for column in rule.plus]
    places = [*table.columns.of_field(like), *table.columns.named(*summed)][:1]
    return plan.marks.get(places[0], "point") if places else "point"
