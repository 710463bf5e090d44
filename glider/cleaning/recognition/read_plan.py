"""How one table is read: what the layout says, and what only the whole table can tell.

The first plan is made from the layout and the table's first lines; a pass that shows it wrong gives the next one
(`glider.cleaning.pipeline`). A well-formed file needs one pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from glider.cleaning.recognition.csv_table import ROW, Table, column
from glider.cleaning.values.amounts import Sign, decide, evidence
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.rules import NUMBERS, Matching, header_key

SAMPLE_ROWS = 2000
AMOUNT_FIELDS = ("net", "gross")


@dataclass(frozen=True)
class Plan:
    """`signs`: the decimal sign of each column of amounts. `bad_lines`: lines (1-based) known to be broken, by reason.

    `spans_lines`: a cell goes on over several lines, so that rows and lines have to be counted apart. `stop`: the row
    (0-based, behind the header) from which on the table is its own summary. `evident`: the columns whose sign is told
    by the first lines.
    """

    path: Path
    signs: dict[str, Sign]
    spans_lines: bool = False
    bad_lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    stop: int | None = None
    evident: frozenset[str] = frozenset()


def first_plan(table: Table) -> Plan:
    """Raises nothing: what the first lines leave open is settled after the first pass."""
    names = _amount_columns(table)
    sample = table.scan().select(names).head(SAMPLE_ROWS)
    try:
        cells = sample.collect()
    except pl.exceptions.ComputeError:
        cells = pl.DataFrame({name: [] for name in names}, schema=dict.fromkeys(names, pl.String))
    convention, found = table.header.layout.decimals, {name: evidence(cells[name]) for name in names}
    signs: dict[str, Sign] = {name: decide(seen, convention) or "point" for name, seen in found.items()}
    evident = frozenset(name for name, sign in signs.items() if getattr(found[name], sign))
    return with_stop(table, Plan(path=table.text.path, signs=signs, evident=evident))


def with_stop(table: Table, plan: Plan) -> Plan:
    """The plan with the row at which the layout's stop rule ends the sales, if the table can be read so far."""
    rule = table.header.layout.stop
    found = [column(0)] if rule and not rule.column else named_places(table, (rule.column,)) if rule else []
    if rule is None or not found:
        return plan
    rows = table.scan(plan.path).filter(fitting(rule, pl.col(found[0]).fill_null("").str.strip_chars())).select(ROW)
    try:
        first = rows.head(1).collect(engine="streaming").to_series().to_list()
    except pl.exceptions.ComputeError:
        return plan
    return replace(plan, stop=first[0] if first else None)


def fitting(rule: Matching, cell: pl.Expr) -> pl.Expr:
    """Whether a stripped cell is one that a rule means."""
    cases = [cell == ""] if rule.blank else []
    if rule.equals:
        cases.append(cell.str.to_lowercase().is_in([value.casefold() for value in rule.equals]))
    if rule.matches:
        cases.append(cell.str.contains(rule.matches))
    return pl.any_horizontal(cases)


def are_evident(table: Table, plan: Plan, open_signs: set[str]) -> bool:
    """Whether the signs hold for all lines: each column's was told by the first of them, and no cell speaks against it.

    `open_signs`: fields of which a cell does. A column that is only worked with is not looked at that way.
    """
    fields = {places(table, name)[0]: name for name in AMOUNT_FIELDS if len(places(table, name)) == 1}
    return all(place in fields and place in plan.evident and fields[place] not in open_signs for place in plan.signs)


def settled_signs(table: Table, plan: Plan) -> dict[str, Sign]:
    """The decimal sign of each column from the whole of it; raises `ambiguous_decimals` when that leaves it open."""
    names = list(plan.signs)
    whole = table.scan(plan.path).select(pl.col(names).filter(pl.col(names).str.contains(r"[.,]")).implode())
    cells = whole.collect(engine="streaming")
    return {name: _settled(table, name, cells[name].explode().drop_nulls()) for name in names}


def _settled(table: Table, name: str, cells: pl.Series) -> Sign:
    sign = decide(evidence(cells), table.header.layout.decimals)
    if sign is not None:
        return sign
    title = table.header.cells[int(name.removeprefix("c"))]
    example = cells.filter(cells.str.contains(r"\d[.,]\d{3}$")).first() or cells.first()
    message = (
        f"The amounts in column {title!r} can be read two ways: in {example!r} the sign may part thousands or "
        "decimals, and no cell of the column settles it."
    )
    raise JobFailed(Cause.AMBIGUOUS_DECIMALS, message)


def places(table: Table, field_name: str) -> list[str]:
    """The table's columns that fill a canonical field, in the layout's order of preference."""
    layout = table.header.layout
    return named_places(table, layout.columns.get(field_name, ()))


def has(table: Table, name: str) -> bool:
    """Whether the table has a column for a field: some are only in some files of a layout."""
    layout = table.header.layout
    return bool(places(table, name)) or name in layout.joined or name in layout.by_level


def text_places(table: Table) -> list[str]:
    """The columns of names, codes and months."""
    layout = table.header.layout
    names = [name for field_name, names in layout.columns.items() if field_name not in NUMBERS for name in names]
    choices = [rule for rule in (layout.level, layout.usage, layout.monetisation) if not rule.filled]
    names += [name for rule in choices for name in rule.columns]
    return list(dict.fromkeys(named_places(table, tuple(names))))


def named_places(table: Table, names: tuple[str, ...]) -> list[str]:
    found = (table.header.columns.get(header_key(name)) for name in names)
    return [column(place) for place in found if place is not None]


def used_places(table: Table, layout: Layout) -> set[str]:
    """Every column that a line needs to be whole."""
    return {place for name in layout.columns for place in places(table, name)}


def _amount_columns(table: Table) -> list[str]:
    """The columns that hold amounts: those of the fields, and those that amounts are worked out from."""
    layout = table.header.layout
    found = [place for name in AMOUNT_FIELDS for place in places(table, name)[:1]]
    sums = [*layout.sums.values(), *(rule for kind in layout.kinds for rule in kind.sums.values())]
    names = [name for rule in sums for name in rule.columns]
    names += [name for kind in layout.kinds for field_name, name in kind.columns.items() if field_name in AMOUNT_FIELDS]
    return list(dict.fromkeys((*found, *named_places(table, tuple(names)))))
