"""Finds the currency of each line, and amounts that name another one.

The currency is that of its column, or what holds for all lines. Where neither is stated, codes and symbols in the
amounts themselves state it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from glider.canonical.interning import Look, each, interned
from glider.canonical.schema import AMOUNT
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import raw
from glider.cleaning.values.amounts import DecimalMark, Reading, read_amounts, symbols_in
from glider.layouts.currencies import codes_of, currency_code

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
    account = table.metadata.currency
    codes = {text: _code(text, account) for text in plan.symbols}
    common = next(iter(codes.values())) if len({*codes.values()}) == 1 else None

    def named(cells: pl.Series) -> pl.Series:
        return symbols_in(cells).replace_strict({**codes, "": common}, default=None, return_dtype=pl.String)

    return raw("net").map_batches(named, pl.String, is_elementwise=True)


def _code(symbols: str, account: str | None) -> str | None:
    """The code that `symbols` stand for; of several, that of the `account`, else the usual one: `$` is USD."""
    found = codes_of(symbols)
    if account in found:
        return account
    usual = currency_code(symbols.split()[0])
    return next(iter(found)) if len(found) == 1 else usual if usual in found else None


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
