"""What a layout can say, as data: one TOML file each in `layouts/`, read and checked by `Layout`.

A layout names the columns of one kind of sales file and how to read them. What cannot be said here is not guessed.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from glider.formats.currencies import PATTERN, currency_code
from glider.formats.periods import NOTATIONS
from glider.formats.rules import (
    COLUMNS,
    FilenameRule,
    Identity,
    Kind,
    Names,
    Number,
    Position,
    Rule,
    SignRule,
    SkipRule,
    StopRule,
    Sum,
    pattern,
    plain,
)
from glider.schema import LEVELS, MONETISATIONS, USAGES

__all__ = ["COLUMNS", "Choice", "Layout", "LevelRule", "Names", "Rule", "SkipRule", "plain"]

Convention = Literal["point", "comma", "auto"]


class FileRule(Rule):
    """How the text is cut into cells. A layout without quoting treats quotes as plain characters."""

    quoting: bool = True
    header_within: int = Field(40, ge=1, le=200)  # the header is among the first so many lines
    empty_ok: bool = False  # a header without sales is a valid statement of nothing
    nothing: Annotated[str, BeforeValidator(pattern)] | None = None  # so is a file that only says this


class HeaderRule(Rule):
    """`fingerprint`: all must be there. `absent`: none may be (they tell a sister layout). `aliases`: other names.

    `{currency}` in a name stands for a code or sign (`Revenue EUR`); `Name#2` is the second column called `Name`.
    """

    fingerprint: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    aliases: dict[str, Names] = Field(default_factory=dict)


class PreambleRule(Rule):
    """Lines above the header that read `key<separator>value`; the value of `key` fills the field."""

    currency: str | None = None
    period: str | None = None
    period_end: str | None = None


class DateRule(Rule):
    """The notations tried in turn, by name (see `glider.formats.periods`).

    `of_statement`: the file has no month of sale; lines are kept under the month of the statement, with a warning.
    `stated`: where a line has no period, it is the one that the file states once (above the header, in its name).
    """

    period: Names = ("year_month",)
    statement_period: Names = ("year_month",)
    of_statement: bool = False
    stated: bool = False

    @model_validator(mode="after")
    def _known(self) -> Self:
        for notation in (*self.period, *self.statement_period):
            if notation not in NOTATIONS:
                raise ValueError(f"no such notation: {notation} (known: {', '.join(NOTATIONS)})")
        return self


class CurrencyRule(Rule):
    """What the currency of `net` is when no column says it: `fixed`, or that of the account, with a warning."""

    fixed: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    account: bool = False


class Choice(Rule):
    """`values`: what a cell may say (without regard to case) and what it means; `contains`: tried after, in order.

    With `filled`, what counts is the name of the only one of `columns` that holds more than nothing.
    """

    columns: Names = ()
    filled: bool = False
    values: dict[str, str] = Field(default_factory=dict)
    contains: dict[str, str] = Field(default_factory=dict)
    default: str | None = None

    def means(self, text: str) -> str | None:
        lowered = text.strip().casefold()
        for value, meaning in self.values.items():
            if value.casefold() == lowered:
                return meaning
        return next((meaning for part, meaning in self.contains.items() if part.casefold() in lowered), self.default)

    def meanings(self) -> set[str]:
        return {*self.values.values(), *self.contains.values(), *([self.default] if self.default else [])}


class LevelRule(Choice):
    """Track or release; with `release_without` a line is of a release when that field is empty (mostly `isrc`)."""

    release_without: str | None = None


class PartTotal(Rule):
    """A part of the container (side file, sheet) that repeats the money of the others.

    `match`: its name; `columns`: what the column of amounts may be called. Lines that are totals themselves are left
    out of its sum.
    """

    match: Names
    columns: Names


class ContainerRule(Rule):
    """Which parts of an archive or a workbook count; patterns are of file names and sheet titles, `*` for anything.

    `take`: only parts so named are transactions, whatever else is there is left out. `ignore`: left out even if they
    have the header of this layout. Whatever is left out is told in the warnings.
    """

    take: Names = ()
    ignore: Names = ()
    totals: tuple[PartTotal, ...] = ()


class TotalsRule(Rule):
    """Where a table says its own sum of `net`, to be compared with the sum of its lines.

    `footer`: in the net column of the last line that is skipped as `total_line`. `preamble`: behind one of these keys
    above the header.
    """

    footer: bool = False
    preamble: Names = ()


class Layout(Rule):
    """One kind of sales file. `reader`: the code that makes its table where data cannot say how (`formats.readers`)."""

    name: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")
    title: str
    source: str  # the document or files the facts come from
    evidence: Literal["V", "N", "D"]
    dsp: str | None = None  # the only service this layout is sent by
    reader: Literal["ddex_dsr", "clicknclear", "cross_tab"] | None = None
    decimals: Convention = "point"
    file: FileRule = FileRule()
    header: HeaderRule = HeaderRule()
    positions: tuple[Position, ...] = ()  # of a table without a header
    filename: FilenameRule | None = None
    preamble: PreambleRule = PreambleRule()
    columns: dict[str, Names]
    joined: dict[Literal["period", "statement_period"], Names] = Field(default_factory=dict)  # year and month apart
    sums: dict[Number, Sum] = Field(default_factory=dict)
    by_level: dict[str, dict[Literal["track", "release"], Names]] = Field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    sign: tuple[SignRule, ...] = ()
    dates: DateRule = DateRule()
    currency: CurrencyRule = CurrencyRule()
    level: LevelRule = LevelRule(default="track")
    usage: Choice = Choice()
    monetisation: Choice = Choice()
    skip: tuple[SkipRule, ...] = ()
    stop: StopRule | None = None
    identities: tuple[Identity, ...] = ()
    personal: Names = ()  # columns about people who bought: never read, and not in the rejected lines either
    container: ContainerRule = ContainerRule()
    totals: TotalsRule = TotalsRule()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if unknown := {*self.columns, *self.by_level} - set(COLUMNS):
            raise ValueError(f"columns: no such field: {', '.join(sorted(unknown))}")
        if "net" not in self.fields:
            raise ValueError("columns: net is missing")
        if not (self.currency.fixed or self.currency.account or self._says_currency()):
            raise ValueError("nothing says the currency: a column, the preamble, a name, or a fixed one")
        self._recognisable()
        self._consistent()
        return self

    def _says_currency(self) -> bool:
        in_name = self.filename is not None and any("?P<currency>" in text for text in self.filename.matches)
        return bool(self.preamble.currency or "currency" in self.columns or self.currency_names or in_name)

    def _recognisable(self) -> None:
        if self.reader is None and not self.positions and len(self.header.fingerprint) < 2:
            raise ValueError("header.fingerprint: needs two names at least")
        if self.positions and sum(position.matches is not None for position in self.positions) < 3:
            raise ValueError("positions: a table without a header needs three columns that can be told by their cells")
        known = {plain(name) for name in self.header.fingerprint}
        if lacking := {plain(name) for rule in self.sums.values() for name in rule.columns} - known:
            raise ValueError(f"sums: not in the fingerprint: {', '.join(sorted(lacking))}")

    def _consistent(self) -> None:
        for kind in self.kinds:
            _only(Choice(default=kind.usage), USAGES, "kinds.usage")
            _only(Choice(default=kind.monetisation), MONETISATIONS, "kinds.monetisation")
        for rule, allowed, key in (
            (self.usage, USAGES, "usage"),
            (self.monetisation, MONETISATIONS, "monetisation"),
            (self.level, LEVELS, "level"),
        ):
            _only(rule, allowed, key)
        if read := {plain(name) for name in self.personal} & {
            plain(n) for names in self.columns.values() for n in names
        }:
            raise ValueError(f"personal: read all the same: {', '.join(sorted(read))}")

    @cached_property
    def fields(self) -> frozenset[str]:
        """The canonical fields that this layout fills."""
        of_kinds = (name for kind in self.kinds for name in (*kind.columns, *kind.sums))
        return frozenset((*self.columns, *self.joined, *self.sums, *self.by_level, *of_kinds))

    @cached_property
    def computed(self) -> frozenset[str]:
        """The numbers that are worked out before they are parsed."""
        of_kinds = (name for kind in self.kinds for name in ("quantity", "net", *kind.columns, *kind.sums))
        return frozenset((*self.sums, *of_kinds, *(name for rule in self.sign for name in rule.fields)))

    @cached_property
    def names(self) -> dict[str, str]:
        """Every header name this layout knows, plain, and the name it goes by in `columns`."""
        known = {plain(name): plain(name) for name in self._own_names()}
        for name, others in self.header.aliases.items():
            known |= {plain(other): plain(name) for other in others}
        return known

    @cached_property
    def currency_names(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The names with `{currency}` in them, as patterns of plain names."""
        holding = ((name, plain_as) for name, plain_as in self.names.items() if "{currency}" in name)
        return tuple((re.compile(re.escape(name).replace(r"\{currency\}", PATTERN)), as_) for name, as_ in holding)

    def name_of(self, cell: str) -> str | None:
        """What a plain header cell is called in `columns`, if the layout knows it."""
        return self.names.get(cell) or next((name for name, _ in self._currencies_in(cell)), None)

    def currency_of(self, cell: str) -> str | None:
        """The currency that a plain header cell names."""
        return next((currency for _, currency in self._currencies_in(cell)), None)

    def _currencies_in(self, cell: str) -> list[tuple[str, str]]:
        found = ((name, match) for regex, name in self.currency_names if (match := regex.fullmatch(cell)))
        return [(name, code) for name, match in found if (code := currency_code(match["currency"]))]

    def _own_names(self) -> set[str]:
        choices = (self.level, self.usage, self.monetisation)
        groups: list[tuple[str, ...]] = [
            self.header.fingerprint,
            self.personal,
            *self.columns.values(),
            *self.joined.values(),
            *(rule.columns for rule in self.sums.values()),
            *(names for levels in self.by_level.values() for names in levels.values()),
            *(kind.needed for kind in self.kinds),
            *(rule.columns for rule in choices),
            *(rule.columns for rule in self.identities),
            tuple(rule.column for rule in self.sign),
            tuple(rule.column for rule in (*self.skip, *([self.stop] if self.stop else []))),
            tuple(position.name for position in self.positions),
        ]
        return {name for group in groups for name in group if name}


def _only(choice: Choice, allowed: tuple[str, ...], key: str) -> None:
    if wrong := choice.meanings() - set(allowed):
        raise ValueError(f"{key}: no such value: {', '.join(sorted(wrong))} (known: {', '.join(allowed)})")
