"""Compares the totals that a file states of itself with the sums of its lines.

A footer, a line above the header, a summary in a member or sheet of its own, a total before its lines: each is a check.
A total is compared to as many decimals as the file states (12.35 may stand for lines that add up to 12.3456). Totals in
a workbook are binary fractions, so decimals beyond the sixth are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.checks import check
from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.csv_table import Table, head_lines
from glider.cleaning.recognition.headers import numbered
from glider.cleaning.recognition.metadata import preamble_values
from glider.cleaning.recognition.total_words import PURE
from glider.cleaning.values.amounts import decide, evidence, parse_amounts
from glider.contract import Check
from glider.errors import JobFailed
from glider.layouts.currencies import currency_code
from glider.layouts.rules import header_key
from glider.reason_codes import SKIPPING
from oas.kernel.amounts import exact
from oas.kernel.intake.text_intake import DELIMITERS, split
from oas.kernel.totals import exact_sum

_TOTAL_LINE: Final = r"(?m)^\s*(?:grand |sub|suma )?totals?\b"
MONEY_PLACES: Final = 2  # decimals that a total has at least: "100" is 100.00
SHEET_PLACES: Final = 6
BLOCK_LINES: Final = 1000  # of a summary below the lines: more than there are countries


@dataclass(frozen=True)
class StatedTotal:
    """A total that the file states: `expected` is the sum of `field`, with the decimals that are stated.

    It is of the lines of `members` (empty: of all), of those in `rows` (first and last line number) if given, and of
    those in `currency` if given. `sheet`: it is from a workbook. `name` is that of the check. Where the file does not
    say which of several numbers is the total, `others` has the rest, and the nearest is compared. `unless`: raised if
    it does not tie.
    """

    name: str
    expected: Decimal
    members: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None
    currency: str | None = None
    field: Literal["net", "quantity"] = "net"
    sheet: bool = False
    others: tuple[Decimal, ...] = ()
    unless: JobFailed | None = None


def compare_totals(tally: pl.DataFrame, totals: Iterable[StatedTotal], lines: Path) -> list[Check]:
    """Return a check for each of `totals`, in order; raises the `unless` of one that does not tie.

    `lines`, all lines with their reasons (`glider.canonical.staged_lines`), are read only for totals of certain rows:
    the tally has no row numbers.
    """
    return [_compared(tally.lazy() if total.rows is None else scan_lines(lines), total) for total in totals]


def _compared(frame: pl.LazyFrame, total: StatedTotal) -> Check:
    found = frame.filter(_lines_of(total)).select(pl.col(total.field).sum())
    amount = Decimal(found.collect(engine="streaming").item() or 0)
    with exact():
        nearest = min((total.expected, *total.others), key=lambda stated: abs(stated - amount))
    total = replace(total, expected=nearest)
    # `check` ties only equal amounts; a total that is within its own rounding ties too, and shows both amounts.
    with exact():
        is_near = abs(amount - total.expected) <= _tolerance(total)
    if not is_near:
        if total.unless is not None:
            raise total.unless
        return check(total.name, total.expected, amount)
    return check(total.name, total.expected, amount).model_copy(update={"tied": True})


def _lines_of(total: StatedTotal) -> pl.Expr:
    # Rejected lines count: the file's own total includes them.
    wanted = ~pl.col(REASON).is_in(SKIPPING).fill_null(False)
    if total.members:
        wanted &= pl.col("source_part").is_in(total.members)
    if total.rows is not None:
        wanted &= pl.col("source_row").is_between(*total.rows)
    return wanted if total.currency is None else wanted & (pl.col("currency") == total.currency)


def _tolerance(total: StatedTotal) -> Decimal:
    """Half a unit of the last decimal that the total states; nothing for a count."""
    if total.field == "quantity":
        return Decimal(0)
    exponent = total.expected.as_tuple().exponent
    places = max(MONEY_PLACES, -exponent if isinstance(exponent, int) else 0)
    return Decimal(5).scaleb(-1 - (min(places, SHEET_PLACES) if total.sheet else places))


def totals_in_tables(tables: Iterable[Table], lines: Path) -> list[StatedTotal]:
    """Return the totals that the tables themselves state, where their layouts say so: above the header, in the last
    line, or in a summary below the lines."""
    return [total for table in tables for total in (*_preamble(table), *_footer(table, lines), *_block(table, lines))]


def _preamble(table: Table) -> list[StatedTotal]:
    keys = {key.casefold() for key in table.header.layout.totals.preamble}
    if not keys:
        return []
    stated = {key: value for key, value in preamble_values(table.header).items() if key in keys}
    amounts = ((key, amount_of([value])) for key, value in stated.items())
    return [_of_table(table, f"{key} above the header", amount) for key, amount in amounts if amount is not None]


def _footer(table: Table, lines: Path) -> list[StatedTotal]:
    if not table.header.layout.totals.footer:
        return []
    last = (
        scan_lines(lines)
        .filter(
            (pl.col(REASON) == "total_line") & (pl.col("source_part") == table.member) & pl.col("net").is_not_null()
        )
        .select(pl.col("net").sort_by("source_row").last())
        .collect(engine="streaming")
        .item()
    )
    return [] if last is None else [_of_table(table, "total in the last line", plain_decimal(last))]


def _block(table: Table, lines: Path) -> list[StatedTotal]:
    """The totals in the summary that the layout's stop rule cuts off, one per currency."""
    rule = table.header.layout.stop
    if rule is None or not rule.block:
        return []
    cut = scan_lines(lines).filter((pl.col(REASON) == rule.reason) & (pl.col("source_part") == table.member))
    first = cut.select(pl.col("source_row").min()).collect(engine="streaming").item()
    return [] if first is None else _block_totals(table, _block_cells(table, first))


def _block_cells(table: Table, first: int) -> dict[str, list[str]]:
    """Field → its cells below line `first`, which has the names of the columns."""
    stop = table.header.layout.stop
    start = first - 1 if table.blanks is None else table.blanks.kept(first - 1)
    below = pl.scan_lines(table.text.path, glob=False).slice(start, BLOCK_LINES).collect().to_series()
    rows = [split(line, table.header.delimiter, quoting=table.quoting) for line in below if line and line.strip()]
    names = [header_key(name) for name in rows[0]]
    wanted = {name: header_key(column) for name, column in stop.block.items()} if stop else {}
    found = {name: names.index(column) for name, column in wanted.items() if column in names}
    whole = [row for row in rows[1:] if len(row) > max(found.values(), default=0)]
    return {name: [row[place].strip() for row in whole] for name, place in found.items()}


def _block_totals(table: Table, cells: dict[str, list[str]]) -> list[StatedTotal]:
    where = "the summary below the lines" + (f" ({table.member})" if table.member else "")
    totals = []
    if units := amount_of(cells.get("quantity", [])):
        totals.append(StatedTotal(f"units = {where}", units, (table.member,), field="quantity"))
    codes = [currency_code(text) for text in cells.get("currency", [])]
    for code in filter(None, dict.fromkeys(codes)):
        amounts = (text for text, own in zip(cells.get("net", []), codes, strict=False) if own == code)
        if (amount := amount_of(list(amounts))) is not None:
            totals.append(
                StatedTotal(f"net in {code} = {where}", amount, (table.member,), currency=code, sheet=table.sheet)
            )
    return totals


def total_in_summary(text: Text, names: tuple[str, ...], *, quoting: bool) -> Decimal | None:
    """Return the sum of the first column of `text` called one of `names`; None without such a column or an amount.

    Lines that are totals themselves are left out of it.
    """
    wanted = {header_key(name) for name in names}
    for number, line in enumerate(head_lines(text.path)):
        for delimiter in DELIMITERS:
            cells = numbered(split(line, delimiter, quoting=quoting))
            place = next((place for place, cell in enumerate(cells) if cell in wanted), None)
            if place is not None and len(cells) > 1:
                return amount_of(_summary_cells(text, number, delimiter, place, quoting=quoting))
    return None


def numbers_of_totals(text: Text) -> tuple[Decimal, ...]:
    """Return the numbers in those of the first lines of `text` that say "total" in some language."""
    numbers: list[Decimal] = []
    for line in head_lines(text.path):
        cells = max((split(line, delimiter) for delimiter in DELIMITERS), key=len)
        if any(re.search(PURE, cell) for cell in cells):
            amounts = (amount_of([cell]) for cell in cells)
            numbers += [amount for amount in amounts if amount is not None]
    return tuple(numbers)


def _summary_cells(text: Text, header: int, delimiter: str, place: int, *, quoting: bool) -> list[str]:
    lines = pl.read_csv(
        text.path,
        has_header=False,
        skip_lines=header + 1,
        separator=delimiter,
        quote_char='"' if quoting else None,
        infer_schema=False,
        truncate_ragged_lines=True,
        glob=False,
        raise_if_empty=False,
    )
    if place >= lines.width:
        return []
    # A line is a total if one of its first three cells says so.
    first = pl.concat_str(pl.col(lines.columns[:3]).fill_null(""), separator="\n").str.to_lowercase()
    kept = lines.filter(~first.str.contains(_TOTAL_LINE))
    return kept.to_series(place).fill_null("").to_list()


def _of_table(table: Table, where: str, amount: Decimal) -> StatedTotal:
    name = f"net read = {where}" + (f" ({table.member})" if table.member else "")
    return StatedTotal(name, amount, members=(table.member,), sheet=table.sheet)


def amount_of(cells: list[str]) -> Decimal | None:
    """Return the sum of `cells`, read with the decimal mark they show; None if none of them is an amount."""
    series = pl.Series(cells, dtype=pl.String).str.strip_chars()
    amounts = parse_amounts(series, decide(evidence(series), "auto") or "point").drop_nulls()
    return plain_decimal(exact_sum(amounts)) if len(amounts) else None


def plain_decimal(amount: Decimal) -> Decimal:
    """`amount` without trailing zeros: a column of `AMOUNT` has eighteen decimals, which no file stated."""
    text = format(amount, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
