"""What holds for all lines of a table: stated above the header, in its names or in the name of the file, set by the
layout, or given by the user."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from glider.cleaning.recognition.headers import Header
from glider.layouts.currencies import currency_code
from glider.layouts.layout import Layout
from glider.layouts.periods import are_spans, middle_months, months, parse_days, rewritten_days
from glider.layouts.rules import header_key
from oas.kernel.intake.text_intake import split


@dataclass(frozen=True)
class GivenMetadata:
    """What is known of a file before it is read: its names (a member's own first), and what the user gave with it."""

    names: tuple[str, ...] = ()
    reporting_period: str | None = None  # YYYY-MM
    account_currency: str | None = None


@dataclass(frozen=True)
class FileMetadata:
    """What holds for all lines of a table; None is unknown.

    Periods are first days of months. `account`: the currency is only that of the organisation. `span` is the period as
    written in the file's name, if that is longer than a month.
    """

    currency: str | None = None
    period: date | None = None
    statement_period: date | None = None
    account: bool = False
    span: str = ""


NO_METADATA: Final = FileMetadata()


def file_metadata(header: Header, given: GivenMetadata) -> FileMetadata:
    """Collect what holds for all lines below `header`.

    What is nearest to the lines counts: the header, the lines above it, the file's name, the layout, the user.
    """
    layout, named = header.layout, _in_names(header.layout, given.names)
    currency = header_currency(header) or _preamble_currency(header) or currency_code(named.get("currency"))
    currency = currency or layout.currency.fixed
    account = currency is None and layout.currency.account
    return FileMetadata(
        currency=given.account_currency if account else currency,
        period=_preamble_period(header) or _month(layout, named.get("period")) or _given_period(given),
        statement_period=_month(layout, named.get("statement_period")),
        account=account,
        span=_span(layout, named.get("period")),
    )


def preamble_values(header: Header) -> dict[str, str]:
    """Key → value of the lines above the header that consist of the two; keys are casefolded."""
    # The key and the value are cells of their own, or one cell with a colon between them.
    rows = (row if len(row) > 1 else split(row[0], ":") if row else () for row in header.preamble)
    return {row[0].strip().casefold(): row[1].strip() for row in rows if len(row) > 1 and row[0].strip()}


def header_currency(header: Header) -> str | None:
    """The currency in the name of the net column (`Revenue EUR`), if the layout allows for one."""
    layout = header.layout
    wanted = {header_key(name) for name in layout.columns.get("net", ()) if "{currency}" in name}
    cells = (header_key(header.cells[place]) for name, place in header.columns.places.items() if name in wanted)
    return next((code for cell in cells if (code := layout.currency_of(cell))), None)


def _preamble_currency(header: Header) -> str | None:
    key = header.layout.preamble.currency
    return currency_code(preamble_values(header).get(key.casefold(), "")) if key else None


def _preamble_period(header: Header) -> date | None:
    rule, values = header.layout.preamble, preamble_values(header)
    start, end = (values.get((key or "").casefold()) for key in (rule.period, rule.period_end))
    if start is None:
        return None
    days = [_day(day, header.layout.dates.period) for day in (start, end or start)]
    if any(day.has_nulls() for day in days):
        return None
    month: date = middle_months(days[0], days[1]).item()
    return month


def _day(text: str, notations: tuple[str, ...]) -> pl.Series:
    # `year_month` also reads ISO dates, which days of a workbook are written as, whatever the layout's notation is.
    days, cell = parse_days(pl.Series([text]), (*notations, "year_month")), pl.Series([text])
    return rewritten_days(cell) if days.has_nulls() else days


def _in_names(layout: Layout, names: tuple[str, ...]) -> dict[str, str]:
    """Group → text of the layout's expressions; earlier names and expressions count first."""
    found: dict[str, str] = {}
    for name in names:
        for text in layout.filename.matches if layout.filename else ():
            match = re.search(text, name)
            found = {key: value for key, value in (match.groupdict() if match else {}).items() if value} | found
    return found


def _month(layout: Layout, text: str | None) -> date | None:
    if text is None or layout.filename is None:
        return None
    month: date | None = months(parse_days(pl.Series([text]), layout.filename.dates)).item()
    return month


def _span(layout: Layout, text: str | None) -> str:
    dates = layout.filename.dates if layout.filename else ()
    return text if text and are_spans(pl.Series([text]), dates).item() else ""


def _given_period(given: GivenMetadata) -> date | None:
    return date.fromisoformat(f"{given.reporting_period}-01") if given.reporting_period else None
