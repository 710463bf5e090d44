"""Finds the tables of an unpacked file: recognises each member by its content, and reads those that are sales."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from glider.cleaning.input.blank_lines import MANY, without_blank_lines
from glider.cleaning.input.containers import Limits, Member, Opened
from glider.cleaning.input.encoding import Text, Told, no_words, open_text
from glider.cleaning.known_words import words_of_layouts
from glider.cleaning.readers import READERS
from glider.cleaning.readers.base import ReaderOutput, Source
from glider.cleaning.recognition.csv_table import Table, head_lines, write_over_header
from glider.cleaning.recognition.headers import Header, find_header
from glider.cleaning.recognition.member_roles import RecognisedMember, SummaryMember, assign_roles
from glider.cleaning.recognition.metadata import GivenMetadata, file_metadata
from glider.cleaning.recognition.quoted_lines import without_outer_quotes
from glider.cleaning.recognition.stated_totals import StatedTotal, numbers_of_totals, total_in_summary
from glider.contract import NO_ANSWERS, Answers, Cause, Check
from glider.errors import JobFailed, of_layout
from glider.layouts.layout import Layout
from glider.layouts.registry import version_of
from glider.layouts.stores import Stores
from oas.kernel.intake.text_intake import DELIMITERS

MOST_COLUMNS: Final = 4  # of a header that is named in a sentence
OF_LAYOUT: Final = (Cause.UNKNOWN_LAYOUT, Cause.AMBIGUOUS_LAYOUT)
DOCUMENTS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")  # documents that come along in an archive


@dataclass(frozen=True)
class Settings:
    """What cleaning one file needs to know: layouts, stores, limits, and what the user gave with the file.

    `longest_line` is in bytes; `answers` are a person's, where the file does not decide. `words_known` are words of
    names that the organisation sells, asked for if the bytes have to tell the encoding. `by_period_from`: a table of so
    many lines or more is staged by period (`glider.canonical.staged_lines`); None: never.
    """

    layouts: tuple[Layout, ...]
    limits: Limits
    longest_line: int
    most_columns: int
    stores: Stores
    reporting_period: str | None = None
    filename: str = ""
    account_currency: str | None = None
    answers: Answers = NO_ANSWERS
    words_known: Callable[[], frozenset[str]] = no_words
    by_period_from: int | None = None
    territories: Mapping[str, str] = field(default_factory=dict)  # names that the organisation has explained → codes

    @property
    def told(self) -> Told:
        """What is known of the encoding of the file's members."""
        return Told(self.answers.encoding, lambda: words_of_layouts(self.layouts) | self.words_known())


@dataclass(frozen=True)
class FoundTables:
    """The tables of sales in a file, with the warnings, checks and stated totals that finding them brought."""

    tables: tuple[Table, ...]
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: tuple[StatedTotal, ...] = ()


@dataclass
class _ReadMembers:
    """The text and the header of each member by its path, kept so that no member is read twice."""

    texts: dict[Path, Text] = field(default_factory=dict)
    headers: dict[Path, Header] = field(default_factory=dict)
    known: dict[tuple[str, ...], Header] = field(default_factory=dict)

    def header(self, lines: Sequence[str], layouts: Sequence[Layout], *, answered: bool = False) -> Header:
        """`find_header`, which is asked once for members that begin with the same lines. Raises `JobFailed`."""
        for length in {len(known) for known in self.known}:
            if header := self.known.get(tuple(lines[:length])):
                return header
        header = find_header(lines, layouts, answered=answered)
        # A header that is complete follows from the lines up to it; a near one also from all the others.
        if header.line >= 0 and not header.missing:
            self.known[tuple(lines[: header.line + 1])] = header
        return header


def find_tables(opened: Opened, folder: Path, settings: Settings) -> FoundTables:
    """Find every table of sales in `opened`; `folder` takes what readers make of them.

    Raises `JobFailed` for a member that is unknown, and for a table whose currency or period nothing states.
    """
    read = _ReadMembers()
    members = [_recognise(member, folder, settings, read) for member in opened.members]
    _refuse_answer(members, settings)
    roles = assign_roles(members, settings.layouts)
    plain = [_table(each.member, folder, read) for each in roles.sales if each.member.path in read.headers]
    outputs = _read_by_code([each for each in roles.sales if each.member.path not in read.headers], folder, read)
    found = (*plain, *(table for output in outputs for table in output.tables))
    tables = [_with_metadata(table, settings) for table in found]
    _refuse_too_many(tables, settings.limits)
    totals, useless = _summary_totals(roles.summaries, tables, read)
    return FoundTables(
        tables=tuple(tables),
        warnings=(*opened.warnings, *roles.warnings, *useless, *(text for each in outputs for text in each.warnings)),
        checks=tuple(check for output in outputs for check in output.checks),
        totals=(*totals, *(total for output in outputs for total in output.totals)),
    )


def _refuse_too_many(tables: Iterable[Table], limits: Limits) -> None:
    """Raise `JobFailed` if the tables come to more lines than amounts of any size can be added up of."""
    if sum(table.lines * table.rows_of_line for table in tables) > limits.lines:
        raise JobFailed(
            Cause.TOO_LARGE, f"The file comes to more than {limits.lines} lines of sales: send it in parts."
        )


def _recognise(member: Member, folder: Path, settings: Settings, read: _ReadMembers) -> RecognisedMember:
    try:
        text = open_text(member.path, folder, longest_line=settings.longest_line, told=settings.told)
        text = without_outer_quotes(text, folder)
        read.texts[member.path] = text
        if text.lines > settings.limits.lines:
            raise JobFailed(Cause.TOO_LARGE, f"The table has more than {settings.limits.lines} lines.")
        return RecognisedMember(member, _layout(member, text, settings, read))
    except JobFailed as error:
        document, known = _is_document(member, read), read.texts.get(member.path)
        totals = numbers_of_totals(known) if known and not document else ()
        return RecognisedMember(member, refused=error, document=document, totals=totals)


def _layout(member: Member, text: Text, settings: Settings, read: _ReadMembers) -> Layout:
    """The layout of a member: that which a person answered where it fits, else the one that fits of all there are."""
    answered = _answered(settings)
    if answered:
        try:
            return _fitting(member, text, answered, settings, read, answered=True)
        except JobFailed as error:
            if error.cause not in OF_LAYOUT:
                raise
    return _fitting(member, text, settings.layouts, settings, read)


def _answered(settings: Settings) -> tuple[Layout, ...]:
    return tuple(layout for layout in settings.layouts if layout.name == settings.answers.layout)


def _refuse_answer(members: Sequence[RecognisedMember], settings: Settings) -> None:
    """Raise `JobFailed` if a person answered with a layout that no member fits: it is not read by any other then."""
    name = settings.answers.layout
    if name is None or any(each.layout and each.layout.name == name for each in members):
        return
    if all(each.refused and each.refused.cause not in OF_LAYOUT for each in members):
        return  # for another reason than its layout
    if not _answered(settings):
        raise JobFailed(Cause.UNKNOWN_LAYOUT, f"The layout {name}, by which the file is to be read, is not in use.")
    columns = ", ".join(repr(column) for column in _answered(settings)[0].header.fingerprint)
    known = f": that has the columns {columns}" if columns else ""
    raise JobFailed(Cause.UNKNOWN_LAYOUT, f"The file does not fit the layout {name}, by which it is to be read{known}.")


def _fitting(
    member: Member,
    text: Text,
    layouts: tuple[Layout, ...],
    settings: Settings,
    read: _ReadMembers,
    *,
    answered: bool = False,
) -> Layout:
    lines = head_lines(text.path)
    # Readers first: what they read is no table with a header, and could only be mistaken for one.
    for layout in layouts:
        if layout.reader and READERS[layout.reader].recognise(lines, sheet=member.sheet):
            return layout
    header = read.header(lines, [layout for layout in layouts if layout.reader is None], answered=answered)
    if len(header.cells) > settings.most_columns:
        raise JobFailed(Cause.TOO_LARGE, f"The table has {len(header.cells)} columns, more than OAS takes.")
    read.headers[member.path] = header
    return header.layout


def _is_document(member: Member, read: _ReadMembers) -> bool:
    """Whether `member` is a document for people, or text without a line of several cells: it can hold no sale."""
    if text := read.texts.get(member.path):
        return not any(delimiter in line for line in head_lines(text.path) for delimiter in DELIMITERS)
    with member.path.open("rb") as file:
        return file.read(8).startswith(DOCUMENTS)


def _table(member: Member, folder: Path, read: _ReadMembers) -> Table:
    table = Table(read.texts[member.path], read.headers[member.path], member.name, member.sheet)
    if table.text.blank_lines > MANY:
        table = _without_blank_lines(table, folder)
    write_over_header(table.text.path, table.header)
    return table


def _without_blank_lines(table: Table, folder: Path) -> Table:
    text = table.text
    path = folder / f"{text.path.name}.filled"
    blanks = without_blank_lines(text.path, path, lines=text.lines, header=table.header.line, quoting=table.quoting)
    return replace(
        table, text=replace(text, path=path, lines=text.lines - blanks.count, density=blanks.density), blanks=blanks
    )


def _read_by_code(members: Iterable[RecognisedMember], folder: Path, read: _ReadMembers) -> list[ReaderOutput]:
    """What the readers make of their members."""
    # Members of one layout go to its reader together: a DDEX report may come in several files.
    sources: dict[str, tuple[Layout, list[Source]]] = {}
    for each in members:
        assert each.layout is not None
        of_layout = sources.setdefault(each.layout.name, (each.layout, []))[1]
        of_layout.append(Source(read.texts[each.member.path], each.member.name, each.member.sheet))
    return [READERS[layout.reader or ""].read(found, layout, folder) for layout, found in sources.values()]


def _with_metadata(table: Table, settings: Settings) -> Table:
    """`table` with what holds for all of its lines; raises `JobFailed` if its period is unknown."""
    names = tuple(name for name in (table.member, settings.filename) if name)
    given = GivenMetadata(names, settings.reporting_period, settings.account_currency)
    layout = table.header.layout
    with of_layout(layout.name, version_of(layout)):
        table = replace(table, names=names, metadata=file_metadata(table.header, given), answers=settings.answers)
        _refuse_incomplete(table)
    return table


def _refuse_incomplete(table: Table) -> None:
    # A statement of nothing has no line that would need them.
    if table.lines == 0:
        return
    layout = table.header.layout
    if not table.columns.has("period") and table.metadata.period is None:
        where = (
            _unstated(table, layout.preamble.period, "the period") or f"No column of the {_header(table)} has a period"
        )
        names = " or ".join(repr(name) for name in table.names)
        what = (
            f"{where}, nor does the file's name{f' ({names})' if names else ''}; expected was a month, such as 2025-07."
        )
        raise JobFailed(Cause.PERIOD_UNKNOWN, f"{_named(table)}{what} Give the file a reporting_period.")


def refuse_without_currency(table: Table) -> None:
    """Raise `JobFailed`: neither the file nor the organisation states the currency of `table`."""
    where = _unstated(table, table.header.layout.preamble.currency, "the currency")
    where = where or f"No column of the {_header(table)} has a currency, and no amount names one"
    raise JobFailed(Cause.CURRENCY_UNKNOWN, f"{_named(table)}{where}; expected was a code of ISO 4217, such as EUR.")


def _header(table: Table) -> str:
    columns = [cell.strip() for cell in table.header.cells if cell.strip()]
    return f"header in line {table.header.line + 1} ({', '.join(map(repr, columns[:MOST_COLUMNS]))} …)"


def _unstated(table: Table, key: str | None, what: str) -> str:
    """That no line above the header has `what` under `key`, or what stands there instead; empty without a `key`."""
    if not key:
        return ""
    for number, row in enumerate(table.header.preamble, start=1):
        if len(row) > 1 and row[0].strip().casefold() == key.casefold():
            return f"Line {number} says {row[1].strip()[:60]!r} for {what} ({key!r}), which cannot be read"
    return f"No line above the header in line {table.header.line + 1} says {what} ({key!r})"


def _named(table: Table) -> str:
    return f"{table.member}: " if table.member else ""


def _summary_totals(
    summaries: Sequence[SummaryMember], tables: Sequence[Table], read: _ReadMembers
) -> tuple[list[StatedTotal], list[str]]:
    """The total that each of `summaries` states of the tables beside it, and a warning for each that states none."""
    totals, useless = [], []
    for summary in summaries:
        stated = _stated_in(summary, read)
        if not stated:
            useless.append(f"{summary.member.name} states no sum that could be compared; it was left out.")
            continue
        if summary.rule is None:
            useless.append(f"{summary.member.name} is a summary; its total was compared, and it was left out.")
        name, of = f"net read = total of {summary.member.name}", _beside(summary, tables)
        total = StatedTotal(name, stated[0], of, sheet=summary.member.sheet, others=stated[1:], unless=summary.unless)
        totals.append(total)
    return totals, useless


def _stated_in(summary: SummaryMember, read: _ReadMembers) -> tuple[Decimal, ...]:
    """The sum that `summary` states, or several numbers of which one may be it."""
    if summary.rule is None or summary.layout is None:
        return summary.totals
    text, quoting = read.texts.get(summary.member.path), summary.layout.file.quoting and not summary.member.sheet
    amount = total_in_summary(text, summary.rule.columns, quoting=quoting) if text else None
    return () if amount is None else (amount,)


def _beside(summary: SummaryMember, tables: Sequence[Table]) -> tuple[str, ...]:
    """The members of the same sender, if the summary has a layout, in the same container."""
    container = summary.member.name.rpartition("/")[0]
    sender = summary.layout.sent_by if summary.layout else None
    near = (table for table in tables if sender in (None, table.header.layout.sent_by))
    return tuple(table.member for table in near if table.member.startswith(container))
