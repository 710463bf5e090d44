"""How one table is read: what the layout says, and what only the whole table can tell.

The first plan is made from the layout and the table's first lines; a pass that shows it wrong gives the next one
(`glider.cleaning.pipeline`). A well-formed file needs one pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from glider.cleaning.recognition.column_map import AMOUNT_FIELDS, column
from glider.cleaning.recognition.csv_table import ROW, Table
from glider.cleaning.values.amounts import Sign, decide, evidence
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.rules import Matching

SAMPLE_ROWS = 2000


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
    names = table.columns.amounts
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
    found = [column(0)] if rule and not rule.column else table.columns.named(rule.column) if rule else []
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
    columns = ((name, table.columns.of_field(name)) for name in AMOUNT_FIELDS)
    fields = {found[0]: name for name, found in columns if len(found) == 1}
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
