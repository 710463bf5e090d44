"""What a layout can say, as data: one TOML file each in `layouts/`, read and checked by `Layout`.

A layout names the columns of one kind of sales file and how to read them. What cannot be said here is not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from glider.formats.periods import NOTATIONS
from glider.reasons import SKIPPING
from glider.schema import LEVELS, MONETISATIONS, USAGES

# The canonical fields that are taken from columns; the others follow from these.
COLUMNS = (
    "period", "period_end", "statement_period", "store", "territory", "artist", "release", "track", "version",
    "isrc", "upc", "catalogue_number", "label", "quantity", "currency", "gross", "net",
)  # fmt: skip

Convention = Literal["point", "comma", "auto"]
Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else tuple(value))]
_SPACES = re.compile(r"[\s_\u00a0\ufeff]+")


def plain(name: str) -> str:
    """A header name as it is compared: case, spaces, underscores, byte order mark and accents' form do not count."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip().strip('"').strip().casefold()


class Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRule(Rule):
    """How the text is cut into cells. A layout without quoting treats quotes as plain characters."""

    quoting: bool = True
    header_within: int = Field(40, ge=1, le=200)  # the header is among the first so many lines
    empty_ok: bool = False  # a header without lines is a valid statement of nothing


class HeaderRule(Rule):
    """`fingerprint`: all must be there. `absent`: none may be (they tell a sister layout). `aliases`: other names."""

    fingerprint: tuple[str, ...] = Field(min_length=2)
    absent: tuple[str, ...] = ()
    aliases: dict[str, Names] = Field(default_factory=dict)


class PreambleRule(Rule):
    """Lines above the header that read `key<separator>value`; the value of `key` fills the field."""

    currency: str | None = None
    period: str | None = None
    period_end: str | None = None


class DateRule(Rule):
    """The notations tried in turn, by name (see `glider.formats.periods`)."""

    period: Names = ("year_month",)
    statement_period: Names = ("year_month",)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for notation in (*self.period, *self.statement_period):
            if notation not in NOTATIONS:
                raise ValueError(f"no such notation: {notation} (known: {', '.join(NOTATIONS)})")
        return self


class CurrencyRule(Rule):
    """Where the currency of `net` stands when no column says it."""

    fixed: str | None = Field(None, pattern=r"^[A-Z]{3}$")


class Choice(Rule):
    """`values`: what a cell may say (without regard to case) and what it means; `contains`: tried after, in order."""

    columns: Names = ()
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


class SkipRule(Rule):
    """Lines that are no sales: `column` has one of `equals`, or matches `matches`, or is `blank`."""

    column: str
    equals: Names = ()
    matches: str | None = None
    blank: bool = False
    reason: str = "total_line"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.equals or self.matches or self.blank):
            raise ValueError("needs equals, matches or blank")
        if self.reason not in SKIPPING:
            raise ValueError(f"no such reason: {self.reason} (known: {', '.join(SKIPPING)})")
        return self


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
    """One kind of sales file. `reader`: the code that makes the table, where data cannot say how (`formats.readers`)."""

    name: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")
    title: str
    source: str  # the document or files the facts come from
    evidence: Literal["V", "N", "D"]
    dsp: str | None = None  # the only service this layout is sent by
    reader: str | None = None
    decimals: Convention = "point"
    file: FileRule = FileRule()
    header: HeaderRule
    preamble: PreambleRule = PreambleRule()
    columns: dict[str, Names]
    dates: DateRule = DateRule()
    currency: CurrencyRule = CurrencyRule()
    level: LevelRule = LevelRule(default="track")
    usage: Choice = Choice()
    monetisation: Choice = Choice()
    skip: tuple[SkipRule, ...] = ()
    container: ContainerRule = ContainerRule()
    totals: TotalsRule = TotalsRule()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if unknown := set(self.columns) - set(COLUMNS):
            raise ValueError(f"columns: no such field: {', '.join(sorted(unknown))}")
        if "net" not in self.columns:
            raise ValueError("columns: net is missing")
        if not (self.currency.fixed or self.preamble.currency or "currency" in self.columns):
            raise ValueError("nothing says the currency: a column, the preamble, or a fixed one")
        _only(self.usage, USAGES, "usage")
        _only(self.monetisation, MONETISATIONS, "monetisation")
        _only(self.level, LEVELS, "level")
        return self

    def names(self) -> dict[str, str]:
        """Every header name this layout knows, plain, and the name it goes by in `columns`."""
        own = {*self.header.fingerprint, *(name for names in self.columns.values() for name in names)}
        own |= {name for choice in (self.level, self.usage, self.monetisation) for name in choice.columns}
        own |= {rule.column for rule in self.skip}
        known = {plain(name): plain(name) for name in own}
        for name, others in self.header.aliases.items():
            known |= {plain(other): plain(name) for other in others}
        return known


def _only(choice: Choice, allowed: tuple[str, ...], key: str) -> None:
    if wrong := choice.meanings() - set(allowed):
        raise ValueError(f"{key}: no such value: {', '.join(sorted(wrong))} (known: {', '.join(allowed)})")
