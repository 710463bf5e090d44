"""The samples as the tests use them: driven through Glider as they are, and in the variants in which they may come."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from glider.cleaning.pipeline import Settings
from tests.glider.driving import Driven, drive, settings
from tests.glider.independent import Fixture

Lines = list[list[str]]


@dataclass(frozen=True)
class Sheet:
    """A table as lines of cells; `name` of a workbook's sheet."""

    name: str
    lines: Lines


def settings_for(fixture: Fixture) -> Settings:
    return replace(
        settings(reporting_period=fixture.reporting_period),
        filename=fixture.filename or fixture.path.name,
        account_currency=fixture.account_currency,
    )


def driven(fixture: Fixture, folder: Path, content: bytes | None = None) -> Driven:
    return drive(fixture.path.read_bytes() if content is None else content, folder, settings_for(fixture))


def figures_of(fixture: Fixture, found: Driven) -> dict[str, Any]:
    """What Glider made of a sample, in the form of the expected figures."""
    figures = found.figures
    return {
        "layout": figures.layout,
        "rows_read": figures.rows_read,
        "accepted": figures.accepted,
        "rejected": figures.rejected,
        "skipped": figures.skipped,
        "reasons": dict(sorted(figures.reasons.items())),
        "net": {currency: _plain(net) for currency, net in sorted(figures.net_by_currency.items())},
        "quantity": int(found.accepted["quantity"].sum()),
        "periods": figures.periods,
        "statement_periods": figures.statement_periods,
    }


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- variants ---


def reordered(lines: Lines) -> Lines:
    """The columns from last to first."""
    return [list(reversed(cells)) for cells in lines]


def extra_column(lines: Lines) -> Lines:
    """A column that no layout knows, after the first."""
    marks = ["Nobody Knows", *("x" if any(cells) else "" for cells in lines[1:])]
    return [[*cells[:1], mark, *cells[1:]] for cells, mark in zip(lines, marks, strict=True)]


def upper_case(lines: Lines) -> Lines:
    return [[name.upper() for name in lines[0]], *lines[1:]]


SHAPES: dict[str, Callable[[Lines], Lines]] = {
    "reordered": reordered,
    "extra_column": extra_column,
    "upper_case": upper_case,
}
CONTAINERS = ("bom", "semicolon", "workbook")


def applies(fixture: Fixture, variant: str) -> bool:
    """What the container of the sample permits: a workbook has no delimiter, a table without a header no names."""
    if variant in fixture.exempt or fixture.nothing or fixture.member or fixture.by:
        return False
    if fixture.sheets and variant in CONTAINERS:
        return False
    return fixture.header > 0 or variant not in SHAPES


def varied(fixture: Fixture, variant: str) -> bytes:
    """The sample's bytes in a variant."""
    sheets = [
        Sheet(sheet.name, _shaped(fixture, variant, sheet.lines) if variant in SHAPES else sheet.lines)
        for sheet in sheets_of(fixture)
    ]
    if fixture.sheets or variant == "workbook":
        return as_workbook(sheets)
    delimiter = _other(fixture.delimiter) if variant == "semicolon" else fixture.delimiter
    text = as_text(fixture, sheets[0].lines, delimiter)
    return ("\ufeff" + text if variant == "bom" else text).encode()


def _other(delimiter: str) -> str:
    return "," if delimiter == ";" else ";"


def _shaped(fixture: Fixture, variant: str, lines: Lines) -> Lines:
    above = fixture.header - 1
    return [*lines[:above], *SHAPES[variant](lines[above:])]


def sheets_of(fixture: Fixture) -> list[Sheet]:
    if fixture.sheets:
        book = openpyxl.load_workbook(fixture.path, data_only=True)
        return [Sheet(sheet.title, [[_cell(cell) for cell in row] for row in sheet.values]) for sheet in book]
    text = fixture.path.read_bytes().decode(fixture.encoding)
    if not fixture.quoting:
        return [Sheet("Sales", [line.split(fixture.delimiter) for line in text.splitlines()])]
    return [Sheet("Sales", list(csv.reader(io.StringIO(text, newline=""), delimiter=fixture.delimiter)))]


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def as_text(fixture: Fixture, lines: Lines, delimiter: str) -> str:
    if not fixture.quoting:
        return "".join(delimiter.join(cells) + "\n" for cells in lines)
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return target.getvalue()


def as_workbook(sheets: list[Sheet]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        made = book.create_sheet(sheet.name)
        for cells in sheet.lines:
            made.append([cell or None for cell in cells])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
