"""Opened parts to tables: each part is recognised by its content, and rules of containers say which of them count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from glider.cleaning.input.containers import Limits, Opened, Part
from glider.cleaning.input.encoding import Text, open_text
from glider.cleaning.readers import READERS
from glider.cleaning.readers.base import Made, Source
from glider.cleaning.recognition.csv_table import Table, head_lines, write_over_header
from glider.cleaning.recognition.headers import Header, find_header
from glider.cleaning.recognition.member_roles import Look, SidePart, choose
from glider.cleaning.recognition.metadata import Given, state
from glider.cleaning.recognition.read_plan import has
from glider.cleaning.recognition.stated_totals import OwnTotal, stated_by_side
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.stores import Stores
from oas.kernel.text_intake import DELIMITERS

DOCUMENTS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")  # what may lie beside the tables in an archive


@dataclass(frozen=True)
class Settings:
    """What cleaning one file may use."""

    layouts: tuple[Layout, ...]
    limits: Limits
    longest_line: int
    most_columns: int
    stores: Stores
    reporting_period: str | None = None
    filename: str = ""
    account_currency: str | None = None
    by_period_from: int | None = (
        None  # lines of a file that are left by period (`glider.canonical.staged_lines`); None: never
    )


@dataclass(frozen=True)
class Found:
    """The tables that count, and what was learnt of the file on the way to them."""

    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: tuple[OwnTotal, ...] = ()


@dataclass
class _Seen:
    """What was found out about each part, by its path."""

    texts: dict[Path, Text] = field(default_factory=dict)
    headers: dict[Path, Header] = field(default_factory=dict)


def find_tables(opened: Opened, folder: Path, settings: Settings) -> Found:
    """Every part that counts. Raises `JobFailed` for a part that is not known, and for what no table says."""
    seen = _Seen()
    choice = choose([_look(part, folder, settings, seen) for part in opened.parts], settings.layouts)
    plain = [_table(look.part, seen) for look in choice.parts if look.part.path in seen.headers]
    made = _made([look for look in choice.parts if look.part.path not in seen.headers], folder, seen)
    tables = [_stated(table, settings) for table in (*plain, *(table for one in made for table in one.tables))]
    totals, untold = _side_totals(choice.sides, tables, seen)
    return Found(
        tables=tuple(tables),
        warnings=(*opened.warnings, *choice.warnings, *untold, *(text for one in made for text in one.warnings)),
        checks=tuple(check for one in made for check in one.checks),
        totals=(*totals, *(total for one in made for total in one.totals)),
    )


def _look(part: Part, folder: Path, settings: Settings, seen: _Seen) -> Look:
    try:
        text = open_text(part.path, folder, longest_line=settings.longest_line)
        seen.texts[part.path] = text
        if text.lines > settings.limits.lines:
            raise JobFailed(Cause.TOO_LARGE, f"The table has more than {settings.limits.lines} lines.")
        return Look(part, _layout(part, text, settings, seen))
    except JobFailed as error:
        return Look(part, refused=error, document=_is_document(part, seen))


def _layout(part: Part, text: Text, settings: Settings, seen: _Seen) -> Layout:
    lines = head_lines(text.path)
    for layout in settings.layouts:
        if layout.reader and READERS[layout.reader].recognise(lines, sheet=part.sheet):
            return layout
    header = find_header(lines, [layout for layout in settings.layouts if layout.reader is None])
    if len(header.cells) > settings.most_columns:
        raise JobFailed(Cause.TOO_LARGE, f"The table has {len(header.cells)} columns, more than OAS takes.")
    seen.headers[part.path] = header
    return header.layout


def _is_document(part: Part, seen: _Seen) -> bool:
    """A document for people, or text without a single line of several cells: nothing of it could be a sale."""
    if text := seen.texts.get(part.path):
        return not any(mark in line for line in head_lines(text.path) for mark in DELIMITERS)
    with part.path.open("rb") as file:
        return file.read(8).startswith(DOCUMENTS)


def _table(part: Part, seen: _Seen) -> Table:
    table = Table(seen.texts[part.path], seen.headers[part.path], part.name, part.sheet)
    write_over_header(table.text.path, table.header)
    return table


def _made(looks: Iterable[Look], folder: Path, seen: _Seen) -> list[Made]:
    """What the readers make of their parts: those of one layout together, for a report may come in several."""
    sources: dict[str, tuple[Layout, list[Source]]] = {}
    for look in looks:
        assert look.layout is not None
        of_layout = sources.setdefault(look.layout.name, (look.layout, []))[1]
        of_layout.append(Source(seen.texts[look.part.path], look.part.name, look.part.sheet))
    return [READERS[layout.reader or ""].read(found, layout, folder) for layout, found in sources.values()]


def _stated(table: Table, settings: Settings) -> Table:
    """The table with what is said once for all of its lines; raises when that is too little."""
    names = tuple(name for name in (table.part, settings.filename) if name)
    given = Given(names, settings.reporting_period, settings.account_currency)
    table = replace(table, names=names, stated=state(table.header, given))
    _refuse_incomplete(table)
    return table


def _refuse_incomplete(table: Table) -> None:
    """What no column says must be said once for all lines, if there are any."""
    if table.lines == 0:
        return
    layout = table.header.layout
    if not has(table, "currency") and table.stated.currency is None:
        key = layout.preamble.currency
        where = f"No line above the header says the currency ({key!r})" if key else "Nothing says the currency"
        raise JobFailed(Cause.CURRENCY_UNKNOWN, f"{_named(table)}{where}.")
    if not has(table, "period") and table.stated.period is None:
        key = layout.preamble.period
        where = f"No line above the header says the period ({key!r}) as a date" if key else "No column has a period"
        what = f"{_named(table)}{where}, nor does the file's name: give the file a reporting_period."
        raise JobFailed(Cause.PERIOD_UNKNOWN, what)


def _named(table: Table) -> str:
    return f"{table.part}: " if table.part else ""


def _side_totals(sides: Sequence[SidePart], tables: Sequence[Table], seen: _Seen) -> tuple[list[OwnTotal], list[str]]:
    """The sums that side parts state, each of the tables beside it, and warnings about those that state none."""
    totals, untold = [], []
    for side in sides:
        text, quoting = seen.texts.get(side.part.path), side.layout.file.quoting and not side.part.sheet
        amount = stated_by_side(text, side.rule.columns, quoting=quoting) if text else None
        if amount is None:
            untold.append(f"{side.part.name} states no sum that could be compared; it was left out.")
        else:
            name = f"net read = total of {side.part.name}"
            totals.append(OwnTotal(name, amount, _beside(side, tables), sheet=side.part.sheet))
    return totals, untold


def _beside(side: SidePart, tables: Sequence[Table]) -> tuple[str, ...]:
    container = side.part.name.rpartition("/")[0]
    near = (table for table in tables if table.header.layout is side.layout)
    return tuple(table.part for table in near if table.part.startswith(container))
