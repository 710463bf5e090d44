"""What a file says its own lines come to, compared with what they do.

A footer, a line above the header, a side file, a summary sheet, a total before its lines: each is a check. A sum is
compared as exactly as the file states it (a total of 12.35 may stand for lines of 12.3456); sums in a workbook are
binary fractions, of which the seventh decimal says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.csv_table import Table, head_lines
from glider.cleaning.recognition.headers import numbered
from glider.cleaning.recognition.metadata import preamble_values
from glider.cleaning.values.amounts import decide, evidence, parse_amounts
from glider.contract import Check
from glider.layouts.currencies import currency_code
from glider.layouts.rules import header_key
from glider.reason_codes import SKIPPING, check
from oas.kernel.text_intake import DELIMITERS, split

_TOTAL_LINE: Final = r"(?m)^\s*(?:grand |sub|suma )?totals?\b"
MONEY_PLACES: Final = 2
SHEET_PLACES: Final = 6
BLOCK_LINES: Final = 1000  # of a summary, more than there are countries


@dataclass(frozen=True)
class OwnTotal:
    """A sum that the file states, of `parts` (none: of all) and, of those, of `rows` (first and last, 1-based).

    `expected` is as stated; `field` is what the lines are summed by.
    """

    name: str
    expected: Decimal
    parts: tuple[str, ...] = ()
    rows: tuple[int, int] | None = None
    currency: str | None = None
    field: Literal["net", "quantity"] = "net"
    sheet: bool = False


def compare(tally: pl.DataFrame, totals: Iterable[OwnTotal], lines: Path) -> list[Check]:
    """A check for each, in order. `lines`, all lines with their reasons (`glider.canonical.staged_lines`), are asked
    only for totals of certain rows, which the tally does not know."""
    return [_compared(tally.lazy() if total.rows is None else scan_lines(lines), total) for total in totals]


def _compared(frame: pl.LazyFrame, total: OwnTotal) -> Check:
    found = frame.filter(_lines_of(total)).select(pl.col(total.field).sum())
    amount = Decimal(found.collect(engine="streaming").item() or 0)
    if abs(amount - total.expected) > _tolerance(total):
        return check(total.name, total.expected, amount)
    return check(total.name, total.expected, amount).model_copy(update={"tied": True})


def _lines_of(total: OwnTotal) -> pl.Expr:
    """Lines that fell count too: what the file adds up is all that it says."""
    wanted = ~pl.col(REASON).is_in(SKIPPING).fill_null(False)
    if total.parts:
        wanted &= pl.col("source_part").is_in(total.parts)
    if total.rows is not None:
        wanted &= pl.col("source_row").is_between(*total.rows)
    return wanted if total.currency is None else wanted & (pl.col("currency") == total.currency)


def _tolerance(total: OwnTotal) -> Decimal:
    if total.field == "quantity":
        return Decimal(0)
    exponent = total.expected.as_tuple().exponent
    places = max(MONEY_PLACES, -exponent if isinstance(exponent, int) else 0)
    return Decimal(5).scaleb(-1 - (min(places, SHEET_PLACES) if total.sheet else places))


def stated_by(tables: Iterable[Table], lines: Path) -> list[OwnTotal]:
    """What the tables themselves state, where their layouts say so: above the header, in the last line, below it."""
    return [total for table in tables for total in (*_preamble(table), *_footer(table, lines), *_block(table, lines))]


def _preamble(table: Table) -> list[OwnTotal]:
    keys = {key.casefold() for key in table.header.layout.totals.preamble}
    if not keys:
        return []
    stated = {key: value for key, value in preamble_values(table.header).items() if key in keys}
    amounts = ((key, amount_of([value])) for key, value in stated.items())
    return [_own(table, f"{key} above the header", amount) for key, amount in amounts if amount is not None]


def _footer(table: Table, lines: Path) -> list[OwnTotal]:
    if not table.header.layout.totals.footer:
        return []
    last = (
        scan_lines(lines)
        .filter((pl.col(REASON) == "total_line") & (pl.col("source_part") == table.part) & pl.col("net").is_not_null())
        .select(pl.col("net").sort_by("source_row").last())
        .collect(engine="streaming")
        .item()
    )
    return [] if last is None else [_own(table, "total in the last line", plain_decimal(last))]


def _block(table: Table, lines: Path) -> list[OwnTotal]:
    """The sums of the summary that the layout's stop rule cuts off, by currency where it says one."""
    rule = table.header.layout.stop
    if rule is None or not rule.block:
        return []
    cut = scan_lines(lines).filter((pl.col(REASON) == rule.reason) & (pl.col("source_part") == table.part))
    first = cut.select(pl.col("source_row").min()).collect(engine="streaming").item()
    return [] if first is None else _block_totals(table, _block_cells(table, first))


def _block_cells(table: Table, first: int) -> dict[str, list[str]]:
    """Field → its cells, of the lines below the one numbered `first`, which names the columns."""
    stop = table.header.layout.stop
    below = pl.scan_lines(table.text.path, glob=False).slice(first - 1, BLOCK_LINES).collect().to_series()
    rows = [split(line, table.header.delimiter, quoting=table.quoting) for line in below if line and line.strip()]
    names = [header_key(name) for name in rows[0]]
    wanted = {name: header_key(column) for name, column in stop.block.items()} if stop else {}
    found = {name: names.index(column) for name, column in wanted.items() if column in names}
    whole = [row for row in rows[1:] if len(row) > max(found.values(), default=0)]
    return {name: [row[place].strip() for row in whole] for name, place in found.items()}


def _block_totals(table: Table, cells: dict[str, list[str]]) -> list[OwnTotal]:
    where = "the summary below the lines" + (f" ({table.part})" if table.part else "")
    totals = []
    if units := amount_of(cells.get("quantity", [])):
        totals.append(OwnTotal(f"units = {where}", units, (table.part,), field="quantity"))
    codes = [currency_code(text) for text in cells.get("currency", [])]
    for code in filter(None, dict.fromkeys(codes)):
        amounts = (text for text, of in zip(cells.get("net", []), codes, strict=False) if of == code)
        if (amount := amount_of(list(amounts))) is not None:
            totals.append(OwnTotal(f"net in {code} = {where}", amount, (table.part,), currency=code, sheet=table.sheet))
    return totals


def stated_by_side(text: Text, names: tuple[str, ...], *, quoting: bool) -> Decimal | None:
    """The sum of the first column called one of `names`, lines that are totals themselves left out; none: no such."""
    wanted = {header_key(name) for name in names}
    for number, line in enumerate(head_lines(text.path)):
        for delimiter in DELIMITERS:
            cells = numbered(split(line, delimiter, quoting=quoting))
            place = next((place for place, cell in enumerate(cells) if cell in wanted), None)
            if place is not None and len(cells) > 1:
                return amount_of(_side_cells(text, number, delimiter, place, quoting=quoting))
    return None


def _side_cells(text: Text, header: int, delimiter: str, place: int, *, quoting: bool) -> list[str]:
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
    first = pl.concat_str(pl.col(lines.columns[:3]).fill_null(""), separator="\n").str.to_lowercase()
    kept = lines.filter(~first.str.contains(_TOTAL_LINE))
    return kept.to_series(place).fill_null("").to_list()


def _own(table: Table, where: str, amount: Decimal) -> OwnTotal:
    name = f"net read = {where}" + (f" ({table.part})" if table.part else "")
    return OwnTotal(name, amount, parts=(table.part,), sheet=table.sheet)


def amount_of(cells: list[str]) -> Decimal | None:
    """The sum of cells with amounts, in whatever notation they settle for; none when there is no amount in them."""
    series = pl.Series(cells, dtype=pl.String).str.strip_chars()
    amounts = parse_amounts(series, decide(evidence(series), "auto") or "point").drop_nulls()
    return plain_decimal(Decimal(amounts.sum())) if len(amounts) else None


def plain_decimal(amount: Decimal) -> Decimal:
    """Without the zeros that a column of decimals carries."""
    text = format(amount, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
