"""Finds the currency of each line, and amounts that name another one.

The currency is that of its column, or what holds for all lines. Where neither is stated, codes and symbols in the
amounts themselves state it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

import polars as pl

from glider.canonical.interning import Look, each, interned
from glider.canonical.schema import AMOUNT
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan, line_of
from glider.cleaning.sale_lines.cells import raw
from glider.cleaning.values.amounts import DecimalMark, Reading, read_amounts, symbols_in
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.currencies import certain_code, codes_of, currency_code

MOST_CODES: Final = 5  # shown
EXPECTED: Final = "Expected: a sign or code of one currency in the amounts (US$, USD), or a layout of your own with it."
Stated = pl.Series | str | None


def is_open(table: Table) -> bool:
    """Whether nothing but the amounts can state the currency; that of the organisation is only assumed."""
    return not table.columns.has("currency") and (table.metadata.account or table.metadata.currency is None)


def line_currency(table: Table, plan: ReadPlan, look: Look) -> pl.Expr:
    """The ISO 4217 code of each line, as interned texts."""
    if table.columns.has("currency"):
        return look(raw("currency"), each(currency_code), pl.String)
    if is_open(table) and plan.symbols:
        return interned(_by_amounts(table, plan))
    return interned(pl.lit(table.metadata.currency, dtype=pl.String))


def _by_amounts(table: Table, plan: ReadPlan) -> pl.Expr:
    """The currency that each net amount names; if all that do name the same one, it is that of the others too."""
    codes = _codes(table, plan)
    common = next(iter(codes.values())) if len({*codes.values()}) == 1 else None

    def named(cells: pl.Series) -> pl.Series:
        return symbols_in(cells).replace_strict({**codes, "": common}, default=None, return_dtype=pl.String)

    return raw("net").map_batches(named, pl.String, is_elementwise=True)


def _codes(table: Table, plan: ReadPlan) -> dict[str, str | None]:
    """The code that each of the plan's symbols stands for; None where it is left open.

    A symbol of several currencies is one that amounts of the table name in full, or that of the account, if only one of
    these may be meant: `$` beside `USD` is USD, but not in an account in Canada, and alone it is none.
    """
    named = {_only(codes_of(text)) for text in plan.symbols} | {table.metadata.currency}
    return {text: _code(text, named) for text in plan.symbols}


def _code(symbols: str, named: Set[str | None]) -> str | None:
    meant = codes_of(symbols) & named
    return _only(meant) if meant else certain_code(symbols)


def _only(codes: frozenset[str]) -> str | None:
    return next(iter(codes)) if len(codes) == 1 else None


def refuse_unclear(table: Table, plan: ReadPlan) -> None:
    """Raise `JobFailed` if amounts of an open `table` have a symbol of several currencies, and nothing says which."""
    unclear = sorted(text for text, code in _codes(table, plan).items() if code is None)
    if not unclear or not is_open(table):
        return
    codes = sorted(codes_of(unclear[0]))
    may_be = f"may be {', '.join(codes[:MOST_CODES])}{' …' if len(codes) > MOST_CODES else ''}"
    text = f"The sign {unclear[0]!r} in the amounts{_where(table, plan, unclear[0])} {may_be}, and nothing says which."
    raise JobFailed(Cause.CURRENCY_UNKNOWN, f"{text} {EXPECTED}")


def _where(table: Table, plan: ReadPlan, symbols: str) -> str:
    """The column, the first cell with `symbols` and its line, in words; empty where no column of net has them."""
    for place in table.columns.of_field("net"):
        named = pl.col(place).map_batches(symbols_in, pl.String, is_elementwise=True) == symbols
        cell = table.scan(plan.path).filter(named).select(place).head(1).collect(engine="streaming")
        if len(cell):
            text = str(cell.item()).strip()
            title = table.header.cells[int(place.removeprefix("c"))]
            return f" of column {title!r}, such as {text!r} in line {line_of(table, plan, place, text)},"
    return ""


def without_other_currencies(table: Table, reading: Reading, cells: pl.Series, stated: Stated) -> pl.Series:
    """The amounts of `reading`, null where a cell names another currency than `stated` for it (blank: nothing)."""
    if reading.odd is None:
        return reading.amounts
    symbols = symbols_in(cells.filter(reading.odd))
    if stated is None or (symbols == "").all():
        return reading.amounts
    own = stated.filter(reading.odd).cast(pl.String) if isinstance(stated, pl.Series) else stated
    wrong = _contradicting(pl.DataFrame({"symbols": symbols, "own": own}), table.header.layout.currency.ignored)
    return reading.amounts.set(reading.odd.clone().scatter(reading.odd.arg_true(), wrong), None)


def _contradicting(pairs: pl.DataFrame, ignored: tuple[str, ...]) -> pl.Series:
    """Whether the `symbols` of each row, but for those `ignored`, contradict its `own` currency."""
    different = pairs.unique()
    wrong = [_contradicts(symbols, own, ignored) for symbols, own in different.iter_rows()]
    flags = different.with_columns(pl.Series("wrong", wrong, dtype=pl.Boolean))
    found = pairs.join(flags, on=["symbols", "own"], how="left", nulls_equal=True, maintain_order="left")
    return found["wrong"]


def _contradicts(symbols: str, own: str | None, ignored: tuple[str, ...]) -> bool:
    code, left = currency_code(own), " ".join(symbol for symbol in symbols.split() if symbol not in ignored)
    return bool(left) and code is not None and code not in codes_of(left)


def amounts_in(table: Table, text: pl.Expr, mark: DecimalMark) -> pl.Expr:
    """The amounts of a column's stripped `text`; null for those that name another currency than their line."""
    sheet, constant = table.sheet, table.metadata.currency

    def parsed(batch: Sequence[pl.Series]) -> pl.Series:
        reading = read_amounts(batch[0], mark, sheet=sheet)
        return without_other_currencies(table, reading, batch[0], batch[1] if len(batch) > 1 else constant)

    stated = [raw("currency")] if table.columns.has("currency") else []
    return pl.map_batches([text, *stated], parsed, AMOUNT, is_elementwise=True)
