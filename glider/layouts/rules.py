"""Rules of a layout that go beyond naming columns, and what all rules have in common."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from glider.reason_codes import SKIPPING

# The fields of a sale line that are taken from columns; the others follow from these.
COLUMNS = (
    "period", "period_end", "statement_period", "store", "territory", "artist", "release", "track", "version",
    "isrc", "upc", "catalogue_number", "label", "quantity", "currency", "gross", "net",
)  # fmt: skip
NUMBERS = ("quantity", "gross", "net")


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


# A name alone, or a list of them.
Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...])]
Number = Literal["quantity", "gross", "net"]
_SPACES = re.compile(r"[\s_\u00a0\ufeff]+")


def header_key(name: str) -> str:
    """The form in which header names are compared.

    Case, spaces, underscores, quotes, a byte order mark and the Unicode form of accents make no difference.
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip().strip('"').strip().casefold()


def checked_regex(text: str) -> str:
    """Return `text` when Python compiles it as a regular expression; otherwise raise ValueError."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {text} ({error})") from error
    return text


_RegexText = Annotated[str, WithJsonSchema({"type": "string", "format": "regex"})]
Pattern = Annotated[_RegexText, BeforeValidator(checked_regex)]


class Rule(BaseModel):
    """A table of a layout. The texts below its keys are their descriptions in docs/layout-keys.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Matching(Rule):
    """Lines whose cell in `column` is one of `equals`, matches `matches`, or is `blank`."""

    column: str = Field("", examples=["Sale type"])
    """The column to look at."""
    equals: Names = ()
    """What the cell may be, compared without regard to case."""
    matches: _RegexText | None = Field(None, examples=["(?i)^total"])
    """A regular expression that is found anywhere in the cell. Polars evaluates it, so it has no look-around."""
    blank: bool = Field(False, examples=[True])
    """`true` also takes a blank cell."""
    reason: str = "total_line"
    """The reason code that the lines get."""

    @model_validator(mode="after")
    def _check_match(self) -> Self:
        if self.reason not in SKIPPING:
            raise ValueError(f"no such reason: {self.reason} (known: {', '.join(SKIPPING)})")
        if not (self.equals or self.matches or self.blank or self._without_cell()):
            raise ValueError("needs equals, matches or blank")
        return self

    def _without_cell(self) -> bool:
        return False


class SkipRule(Matching):
    """Lines that are no sales and are left out: those with a certain cell, or all lines of a file with a certain name.

    Each rule has either `column` with `equals`, `matches` or `blank`, or `file`. The first rule that fits counts.
    """

    file: Pattern | None = None
    """A regular expression; all lines of a file or member with a matching name are left out."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.column) == bool(self.file):
            raise ValueError("needs a column or a file")
        return self

    def _without_cell(self) -> bool:
        return self.file is not None


class StopRule(Matching):
    """The first line that fits ends the sales: it and all lines after it are the file's own summary.

    Without `column`, the rule looks at the first cell of each line.
    """

    reason: str = Field("summary_line", examples=["summary_line"])
    """The reason code that the lines get."""
    block: dict[Literal["net", "quantity", "currency"], str] = Field(default_factory=dict)
    """The columns of the summary, when the line that fits is its header. Sums of the summary are compared with those
    of the sale lines."""


class Sum(Rule):
    """A number that is in no column of its own: the sum of some columns, less the sum of others.

    A blank cell counts as zero. Where all cells of `plus` are blank, the number is missing.
    """

    plus: Names = Field(min_length=1)
    """The columns to add up. They must be in the fingerprint."""
    minus: Names = ()
    """The columns to subtract."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plus, *self.minus)


class Fallback(Rule):
    """How a number is calculated in certain lines that leave its column blank: the sum of some columns, less others.

    Nothing is calculated in a file that lacks one of the columns, but for those of `optional`. A blank cell counts as
    zero; where all cells of `plus` are blank, the number is missing.
    """

    field: Number
    """The number."""
    column: str
    """The column that marks such lines."""
    equals: Names
    """What its cell is then, compared without regard to case."""
    plus: Names = Field(min_length=1)
    """The columns to add up."""
    minus: Names = ()
    """The columns to subtract."""
    optional: Names = ()
    """Further columns to add up, which only some files have."""
    negative: bool = False
    """Whether such lines take money back: a number above zero would be a guess, and stays missing."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plus, *self.minus, *self.optional)


class SignRule(Rule):
    """Lines whose numbers count against the label (returns), whatever sign the file gives them."""

    column: str
    """The column that marks such a line."""
    equals: Names
    """What its cell is then, compared without regard to case."""
    fields: tuple[Number, ...] = Field(min_length=1)
    """The numbers that become negative."""
    unless_signed: bool = Field(False, examples=[True])
    """`true` leaves the numbers as they are in a table that has a minus in some such line: it signs them itself, and
    one without a minus is a correction."""


class Kind(Rule):
    """One kind of sale in files whose lines hold several side by side. Each kind becomes a sale line of its own.

    A kind whose columns are not in the file is left out. A kind without `net` brings no money.
    """

    columns: dict[Number, str] = Field(default_factory=dict)
    """The column of each number."""
    sums: dict[Number, Sum] = Field(default_factory=dict)
    """Numbers that are sums of columns."""
    usage: str
    """The usage of these sale lines."""
    monetisation: str = "unknown"
    """The monetisation of these sale lines."""

    @property
    def needed(self) -> tuple[str, ...]:
        return (*self.columns.values(), *(name for rule in self.sums.values() for name in rule.columns))


class Position(Rule):
    """A column of a table without a header. Such a table is recognised by the cells of its first lines.

    At least three columns need `matches`, and every line that is looked at has to fit all of them.
    """

    name: str
    """What the other tables of the layout call this column."""
    matches: Pattern | None = None
    """A regular expression that fits the whole cell."""


class FilenameRule(Rule):
    """What the name of the file, or of the member it is in, states for all lines."""

    matches: Annotated[
        tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=_RegexText | tuple[_RegexText, ...])
    ]
    """Regular expressions, tried in order and found anywhere in the name. What they find is in groups named `period`,
    `statement_period` and `currency`."""
    dates: Names = ("year_month",)
    """The notations of the periods, tried in order."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for text in self.matches:
            groups = set(re.compile(checked_regex(text)).groupindex)
            if not groups or groups - {"period", "statement_period", "currency"}:
                raise ValueError(f"groups must be period, statement_period or currency: {text}")
        return self


class Identity(Rule):
    """What must hold between the numbers of each line: `plus` less `minus`, or the product of `times`, is `equals`.

    An identity is only checked in files that have all of its columns. Lines in which it does not hold are counted in a
    warning.
    """

    plus: Names = ()
    """The columns to add up."""
    minus: Names = ()
    """The columns to subtract."""
    times: Names = ()
    """The columns to multiply, instead of `plus`."""
    equals: str
    """The column that has to have the result."""
    tolerance: Decimal = Decimal(0)
    """What rounding may cost."""
    stops: bool = False
    """`true` keeps the file at PROCESSED for review when a line does not fit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
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
