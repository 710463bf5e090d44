"""The plan of a round, from which alone its parts are done, and what each part leaves behind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from glider.cleaning.amounts import Sign
from glider.cleaning.detecting import Header
from glider.cleaning.own_totals import OwnTotal
from glider.cleaning.plan import Gathered
from glider.cleaning.remarks import Noticed
from glider.cleaning.run import About
from glider.cleaning.stating import Stated
from glider.importer.totals import Totals
from glider.jobs import CleaningMessage, CleaningResult, ImporterMessage, SalesPart
from glider.parts.cutting import Span


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CleaningPlan(Document):
    """`stage` lines: the parts become sale lines; signs: what their amounts say about decimal signs is gathered.

    `round` counts from 0; `lines_round` is the last one of the stage lines, `settled` says that its signs are those
    of the whole. `header`, with its layout, and `stated` are those of the whole file, whatever layouts a worker has.
    """

    stage: Literal["lines", "signs"]
    round: int = 0
    lines_round: int | None = None
    settled: bool = False
    message: CleaningMessage
    blank: CleaningResult
    about: About
    header: Header
    stated: Stated
    names: tuple[str, ...]
    encoding: str
    decomposed: bool
    lines: int
    stops: bool  # the file ends in a summary, which its last part has to come upon
    signs: dict[str, Sign]
    spans: list[Span]

    @property
    def total(self) -> int:
        return len(self.spans)


class ImportPlan(Document):
    stage: Literal["import"] = "import"
    round: int = 0
    message: ImporterMessage

    @property
    def total(self) -> int:
        return self.message.cleaning.cleaned_parts


AnyPlan = Annotated[CleaningPlan | ImportPlan, Field(discriminator="stage")]
PLAN: TypeAdapter[AnyPlan] = TypeAdapter(AnyPlan)


class LinesPart(Document):
    """`tally` as JSON of Polars, `footer` and `block` the file's own totals found here. `unclear`: its lines could not
    be told apart, and the whole file is left to one worker."""

    rows: int = 0
    unclear: bool = False
    stopped: bool = False
    tally: list[dict[str, Any]] = Field(default_factory=list)
    footer: list[OwnTotal] = Field(default_factory=list)
    block: list[OwnTotal] = Field(default_factory=list)
    noticed: Noticed = Noticed()
    rejects: bool = False


class SignsPart(Document):
    """By column of amounts."""

    rows: int = 0
    gathered: dict[str, Gathered]


class ImportPart(Document):
    """`whole`: what was totalled, `written`: what the Parquet objects hold."""

    rows: int = 0
    parts: list[SalesPart]
    whole: Totals
    written: Totals
