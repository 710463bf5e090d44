"""The rules of a layout that go beyond naming columns: what they say as data, and no more than that."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from glider.reasons import SKIPPING

# The canonical fields that are taken from columns; the others follow from these.
COLUMNS = (
    "period", "period_end", "statement_period", "store", "territory", "artist", "release", "track", "version",
    "isrc", "upc", "catalogue_number", "label", "quantity", "currency", "gross", "net",
)  # fmt: skip
NUMBERS = ("quantity", "gross", "net")

Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else tuple(value))]
Number = Literal["quantity", "gross", "net"]
_SPACES = re.compile(r"[\s_\u00a0\ufeff]+")


def plain(name: str) -> str:
    """A header name as it is compared: case, spaces, underscores, byte order mark and accents' form do not count."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip().strip('"').strip().casefold()


def pattern(text: str) -> str:
    """A regular expression that compiles, for Python; raises ValueError with its text."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {text} ({error})") from error
    return text


class Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Matching(Rule):
    """Lines whose `column` has one of `equals`, or matches `matches`, or is `blank`."""

    column: str = ""
    equals: Names = ()
    matches: str | None = None
    blank: bool = False
    reason: str = "total_line"

    @model_validator(mode="after")
    def _known_reason(self) -> Self:
        if self.reason not in SKIPPING:
            raise ValueError(f"no such reason: {self.reason} (known: {', '.join(SKIPPING)})")
        if not (self.equals or self.matches or self.blank or self._without_cell()):
            raise ValueError("needs equals, matches or blank")
        return self

    def _without_cell(self) -> bool:
        return False


class SkipRule(Matching):
    """Lines that are no sales. `file` instead of `column`: all lines of a file or member whose name it matches."""

    file: Annotated[str, BeforeValidator(pattern)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.column) == bool(self.file):
            raise ValueError("needs a column or a file")
        return self

    def _without_cell(self) -> bool:
        return self.file is not None


class StopRule(Matching):
    """The first line that fits ends the sales; it and all behind it are the file's own summary. Without a `column`
    it is the first cell of a line that counts.

    `block`: field → name in that line, which is the summary's header: its sums are compared with those of the lines.
    """

    reason: str = "summary_line"
    block: dict[Literal["net", "quantity", "currency"], str] = Field(default_factory=dict)


class Sum(Rule):
    """A number that is no column: the sum of `plus` less the sum of `minus`. A blank cell counts as nothing; with
    nothing at all in `plus` the number is missing."""

    plus: Names = Field(min_length=1)
    minus: Names = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plus, *self.minus)


class SignRule(Rule):
    """Where `column` says one of `equals`, the numbers of `fields` count against the label, however they are signed."""

    column: str
    equals: Names
    fields: tuple[Number, ...] = Field(min_length=1)


class Kind(Rule):
    """One kind of sale of a line that holds several, side by side: it becomes a sale line of its own.

    A kind whose columns are not in the file is left out; one without a net column brings no money.
    """

    columns: dict[Number, str] = Field(default_factory=dict)
    sums: dict[Number, Sum] = Field(default_factory=dict)
    usage: str
    monetisation: str = "unknown"

    @property
    def needed(self) -> tuple[str, ...]:
        return (*self.columns.values(), *(name for rule in self.sums.values() for name in rule.columns))


class Position(Rule):
    """A column of a table without a header: what it is called in `columns`, and what its cells look like."""

    name: str
    matches: Annotated[str, BeforeValidator(pattern)] | None = None


class FilenameRule(Rule):
    """What a file's name says: regular expressions tried in turn, with the groups `period`, `statement_period` and
    `currency`; `dates` are the notations of the periods."""

    matches: Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
    dates: Names = ("year_month",)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for text in self.matches:
            groups = set(re.compile(pattern(text)).groupindex)
            if not groups or groups - {"period", "statement_period", "currency"}:
                raise ValueError(f"groups must be period, statement_period or currency: {text}")
        return self


class Identity(Rule):
    """What must hold in a line between its numbers: the sum (`plus` less `minus`) or product (`times`) is `equals`.

    `tolerance` is what rounding may cost. With `stops`, a line in which it does not hold keeps the file for review.
    """

    plus: Names = ()
    minus: Names = ()
    times: Names = ()
    equals: str
    tolerance: Decimal = Decimal(0)
    stops: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.plus) == bool(self.times) or (self.minus and not self.plus):
            raise ValueError("needs plus (and minus) or times")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plus, *self.minus, *self.times, self.equals)

    @property
    def text(self) -> str:
        if self.times:
            return f"{' * '.join(self.times)} = {self.equals}"
        return f"{' - '.join([' + '.join(self.plus), *self.minus])} = {self.equals}"
