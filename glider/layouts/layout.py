"""The keys of a layout: what a TOML file in `layouts/` may contain, read and checked by `Layout`.

A layout names the columns of one kind of sales file and how to read them. What it does not state is never guessed.
docs/layout-keys.md is generated from this module, `choices` and `rules`: the text below a key is its description.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from glider.canonical.schema import LEVELS, MONETISATIONS, USAGES
from glider.layouts.choices import Choice, LevelRule, MonetisationRule, UsageRule, refuse_unknown_values
from glider.layouts.currencies import PATTERN, currency_code
from glider.layouts.month_names import is_called_month
from glider.layouts.periods import NOTATIONS
from glider.layouts.rules import (
    COLUMNS,
    NUMBERS,
    Fallback,
    FilenameRule,
    Identity,
    Kind,
    Names,
    Number,
    Pattern,
    Position,
    Rule,
    SignRule,
    SkipRule,
    StopRule,
    Sum,
    header_key,
)

Convention = Literal["point", "comma", "auto"]


class FileRule(Rule):
    """How the text becomes lines and cells, and when a file without sales is valid."""

    quoting: bool = True
    """Whether double quotes enclose cells. With `false` they are plain characters."""
    header_within: int = Field(40, ge=1, le=200, examples=[80])
    """How many lines from the top the header is searched in."""
    empty_ok: bool = False
    """Whether a header without sales is a valid statement of nothing. Otherwise the file is FAILED with `no_rows`."""
    nothing: Pattern | None = None
    """A regular expression that fits the whole text of a file which states in a sentence that there were no sales."""


class HeaderRule(Rule):
    """How the layout is recognised: by the names in the header, never by the name of the file.

    Names are compared without regard to case, spaces, underscores and order, and further columns do not matter. In a
    name, `{currency}` stands for a code or symbol (`Revenue {currency}` fits `Revenue EUR`); `Name#2` is the second
    column called `Name`. Of several layouts that fit, the one that knows most of the header's names is taken; two that
    know equally many make the file FAILED with `ambiguous_layout`. Where no layout fits, a header that lacks one name
    of the fingerprint is still recognised, with a warning, if no number, month or currency depends on that column.
    """

    fingerprint: tuple[str, ...] = ()
    """The names that must all be in the header: at least two, unless the layout has `positions` or a `reader`."""
    absent: tuple[str, ...] = ()
    """Names that must not be in the header, because they belong to a similar layout."""
    aliases: dict[str, Names] = Field(default_factory=dict)
    """Other names of a column, such as those of an older version or another language."""


class PreambleRule(Rule):
    """Lines above the header that consist of a key and a value. Each entry is the key whose value is taken."""

    currency: str | None = None
    """The key of the currency."""
    period: str | None = None
    """The key of the month of sale, or of its first day."""
    period_end: str | None = None
    """The key of the last day. The month that holds the middle of the span is taken."""


class DateRule(Rule):
    """How months and days are written. Notations are tried in order; a cell that fits none rejects its line.

    Where a spreadsheet has rewritten the column (`Feb-26`, `01.02.2026`, `46054`), it is read as such. Whether day or
    month comes first is decided by all cells of a column (one with a day above 12, months as first days), then by the
    notation given here, then by the months of the file; a column that all of this leaves open makes the file FAILED
    with `ambiguous_dates`.
    """

    period: Names = ("year_month",)
    """The notations of `period` and `period_end`."""
    statement_period: Names = ("year_month",)
    """The notations of `statement_period`."""
    of_statement: bool = False
    """Whether `period` is the month of the statement, because the file has no month of sale; adds a warning."""
    stated: bool = False
    """Whether a line without a period gets the one that is stated once: above the header, in the file's name, or by its
    sender (`reporting_period`)."""
    months: tuple[Literal["period", "statement_period"], ...] | None = Field(None, examples=[["period"]])
    """The fields that hold months, not days: where a spreadsheet wrote days, each is the first of its month, which
    tells day and month apart. Without this key, those whose column is called a month or a period."""

    @model_validator(mode="after")
    def _refuse_unknown_notations(self) -> Self:
        for notation in (*self.period, *self.statement_period):
            if notation not in NOTATIONS:
                raise ValueError(f"no such notation: {notation} (known: {', '.join(NOTATIONS)})")
        return self


class CurrencyRule(Rule):
    """The currency of `net` when no column, header name, preamble or file name has it.

    An amount that names another currency than its line (`€ 5` in a column of dollars) is rejected.
    """

    fixed: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    """The ISO 4217 code that all such files are in."""
    account: bool = False
    """Whether the currency of the organisation is taken, with a warning, if no amount names one (`R$ 1,50`)."""
    ignored: Names = Field((), examples=["$"])
    """Symbols that stand beside amounts whatever their currency is."""


class MemberTotal(Rule):
    """A member or sheet that repeats the money of the others. Its sum is compared with theirs."""

    match: Names
    """Patterns of its name; `*` stands for anything."""
    columns: Names
    """The names its column of amounts may have. Lines that are totals themselves are left out of the sum."""


class ContainerRule(Rule):
    """Which members of an archive, or sheets of a workbook, are read.

    Patterns are compared with names without regard to case; `*` stands for anything. Each member that is left out is
    named in a warning.
    """

    take: Names = ()
    """Patterns of names. Where one of them fits a member of this layout, only members that fit are read."""
    ignore: Names = ()
    """Patterns of the names of members that are left out, even if they have the header of this layout."""
    totals: tuple[MemberTotal, ...] = ()
    """Members that repeat the money of the others."""


class TotalsRule(Rule):
    """Where a table states the sum of its `net`. It is compared with the sum of the lines."""

    footer: bool = False
    """Whether the sum is in the `net` column of the last line that is skipped as `total_line`."""
    preamble: Names = Field((), examples=["Total payable"])
    """Keys of lines above the header that have the sum as their value."""


class Layout(Rule):
    """One kind of sales file."""

    name: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")
    """The name of the layout, which is also that of its file. It stays: sales files remember it."""
    title: str
    """The name that people see."""
    sender: str | None = Field(None, pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", examples=["distrokid"])
    """Who sends such files, where several layouts are of one sender: the name of its main layout. Files of one sender
    are compared with each other, so that no line counts twice; one with several layouts is said to be of the main."""
    source: str
    """The document or the files that the facts come from."""
    evidence: Literal["V", "N", "D"]
    """How sure the facts are. `V`: the header is taken word for word from files. `N`: the names are known from files,
    their order is not. `D`: they come from the vendor's help page."""
    dsp: str | None = None
    """The only service that sends this layout. It becomes `store` and `dsp` of every line."""
    reader: Literal["ddex_dsr", "clicknclear", "cross_tab"] | None = None
    """The code that turns the file into a table, for files that are no table with one sale in each line."""
    decimals: Convention = "point"
    """The decimal mark of a column whose cells leave it open (`1,234`). Where cells are clear (`0,412`), they count; a
    cell of the other mark is rejected. With `auto` an open column makes the file FAILED with `ambiguous_decimals`; so
    does, with any mark, one whose clear cells contradict each other and the layout."""
    file: FileRule = FileRule()
    """The text, and files without sales."""
    header: HeaderRule = HeaderRule()
    """How the layout is recognised."""
    positions: tuple[Position, ...] = ()
    """The columns of a table without a header, all of them in order."""
    filename: FilenameRule | None = None
    """What the name of the file states."""
    preamble: PreambleRule = PreambleRule()
    """What lines above the header state."""
    columns: dict[str, Names] = Field(examples=[{"period": "Sales Month", "net": ["Net Revenue", "Net Income"]}])
    """The column of each field of a sale line. Of several names, the first whose cell is not blank counts, and for
    months the first whose cell is a date. `net` is needed, unless it is a sum or each kind has its own."""
    joined: dict[Literal["period", "statement_period"], Names] = Field(default_factory=dict)
    """A date whose year and month are in columns of their own."""
    sums: dict[Number, Sum] = Field(default_factory=dict)
    """Numbers that are sums of columns."""
    by_level: dict[str, dict[Literal["track", "release"], Names]] = Field(default_factory=dict)
    """Fields whose column depends on the level of the line."""
    kinds: tuple[Kind, ...] = ()
    """The kinds of sale that a line holds side by side."""
    fallback: tuple[Fallback, ...] = ()
    """Numbers that are calculated in lines which leave their column blank."""
    sign: tuple[SignRule, ...] = ()
    """Lines whose numbers count against the label."""
    dates: DateRule = DateRule()
    """How months and days are written."""
    currency: CurrencyRule = CurrencyRule()
    """The currency, where the file does not give it in a column."""
    level: LevelRule = LevelRule(default="track")
    """What a line sells: a track or a release."""
    usage: UsageRule = UsageRule()
    """What was sold."""
    monetisation: MonetisationRule = MonetisationRule()
    """What the listener paid with."""
    skip: tuple[SkipRule, ...] = ()
    """Lines that are no sales."""
    stop: StopRule | None = None
    """Where the sales end and the file's own summary begins."""
    identities: tuple[Identity, ...] = ()
    """What must hold between the numbers of each line."""
    personal: Names = ()
    """Columns about people who bought. They are never read, and are left out of the rejected lines."""
    container: ContainerRule = ContainerRule()
    """Which members of an archive, or sheets of a workbook, are read."""
    totals: TotalsRule = TotalsRule()
    """Sums that the file states of itself."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if unknown := {*self.columns, *self.by_level} - set(COLUMNS):
            raise ValueError(f"columns: no such field: {', '.join(sorted(unknown))}")
        if "net" not in self.fields:
            raise ValueError("columns: net is missing")
        if not (self.currency.fixed or self.currency.account or self._states_currency()):
            raise ValueError("nothing says the currency: a column, the preamble, a name, or a fixed one")
        self._check_recognition()
        self._check_values()
        return self

    def _states_currency(self) -> bool:
        in_name = self.filename is not None and any("?P<currency>" in text for text in self.filename.matches)
        return bool(self.preamble.currency or "currency" in self.columns or self.currency_names or in_name)

    def _check_recognition(self) -> None:
        if self.reader is None and not self.positions and len(self.header.fingerprint) < 2:
            raise ValueError("header.fingerprint: needs two names at least")
        if self.positions and sum(position.matches is not None for position in self.positions) < 3:
            raise ValueError("positions: a table without a header needs three columns that can be told by their cells")
        # Without all its columns a sum would be another number: a file that lacks one is not of this layout.
        known = {header_key(name) for name in self.header.fingerprint}
        if lacking := {header_key(name) for rule in self.sums.values() for name in rule.columns} - known:
            raise ValueError(f"sums: not in the fingerprint: {', '.join(sorted(lacking))}")

    def _check_values(self) -> None:
        if blank := {rule.field for rule in self.fallback} - set(self.columns):
            raise ValueError(f"fallback: has no column that could be blank: {', '.join(sorted(blank))}")
        for kind in self.kinds:
            refuse_unknown_values(Choice(default=kind.usage), USAGES, "kinds.usage")
            refuse_unknown_values(Choice(default=kind.monetisation), MONETISATIONS, "kinds.monetisation")
        refuse_unknown_values(self.usage, USAGES, "usage")
        refuse_unknown_values(self.monetisation, MONETISATIONS, "monetisation")
        refuse_unknown_values(self.level, LEVELS, "level")
        columns = {header_key(name) for names in self.columns.values() for name in names}
        if read := {header_key(name) for name in self.personal} & columns:
            raise ValueError(f"personal: read all the same: {', '.join(sorted(read))}")

    @property
    def sent_by(self) -> str:
        """The `sender`, or else the name of the layout."""
        return self.sender or self.name

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of a sale line that this layout fills."""
        of_kinds = (name for kind in self.kinds for name in (*kind.columns, *kind.sums))
        return frozenset((*self.columns, *self.joined, *self.sums, *self.by_level, *of_kinds))

    @cached_property
    def month_fields(self) -> frozenset[str]:
        """Which of `period` and `statement_period` hold months, not days."""
        if self.dates.months is not None:
            return frozenset(self.dates.months)
        fields = ("period", "statement_period")
        return frozenset(name for name in fields if all(map(is_called_month, self.columns.get(name, ("",)))))

    @cached_property
    def derived(self) -> frozenset[str]:
        """The numbers that no single column holds as they are: sums, those of kinds, and those with a sign rule."""
        of_kinds = (name for kind in self.kinds for name in ("quantity", "net", *kind.columns, *kind.sums))
        return frozenset((*self.sums, *of_kinds, *(name for rule in self.sign for name in rule.fields)))

    @cached_property
    def needed(self) -> frozenset[str]:
        """Header keys of the columns without which lines would be counted wrongly: those of numbers, months and
        currencies, and those that decide what a line sells, its sign, and whether it is a sale."""
        level = (*self.level.columns, *self.columns.get(self.level.release_without or "", ()))
        groups: list[tuple[str, ...]] = [
            *(self.columns.get(name, ()) for name in (*NUMBERS, "period", "period_end", "currency")),
            *self.joined.values(),
            *(rule.columns for rule in self.sums.values()),
            *(names for levels in self.by_level.values() for names in levels.values()),
            *(kind.needed for kind in self.kinds),
            level,
            tuple(rule.column for rule in self.sign),
            tuple(rule.column for rule in (*self.skip, *([self.stop] if self.stop else []))),
        ]
        return frozenset(header_key(name) for group in groups for name in group if name)

    @cached_property
    def names(self) -> dict[str, str]:
        """Header key of every header name that this layout knows → header key of that column's name in `columns`."""
        known = {header_key(name): header_key(name) for name in self._own_names()}
        for name, others in self.header.aliases.items():
            known |= {header_key(other): header_key(name) for other in others}
        return known

    @cached_property
    def currency_names(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The names with `{currency}` in them: a pattern of header keys, and the name in `columns`."""
        found = ((key, name) for key, name in self.names.items() if "{currency}" in key)
        return tuple((re.compile(re.escape(key).replace(r"\{currency\}", PATTERN)), name) for key, name in found)

    def name_of(self, cell: str) -> str | None:
        """The name in `columns` of a header cell, given by its header key; None when the layout does not know it."""
        return self.names.get(cell) or next((name for name, _ in self._currencies_in(cell)), None)

    def currency_of(self, cell: str) -> str | None:
        """The ISO 4217 code that a header cell, given by its header key, names; None when it names none."""
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
            *((rule.column, *rule.columns) for rule in self.fallback),
            tuple(rule.column for rule in self.sign),
            tuple(rule.column for rule in (*self.skip, *([self.stop] if self.stop else []))),
            tuple(position.name for position in self.positions),
        ]
        return {name for group in groups for name in group if name}
