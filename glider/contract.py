"""The job message and its result: all that OAS and Glider say to each other.

OAS publishes a message to Celery (`TASK` on `QUEUE`) as JSON; Glider writes the result to the message's `result_key`
in S3 and then rings the bell (a signed webhook that carries only the job's id). The result object is the truth.
Old and new versions of both may meet during a deploy: fields are only added, with a default, and `version` grows.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, TypeAdapter

VERSION = 2  # the newest that is understood; a message has the version of the worker that it needs
BY_PERIOD = 2  # what a worker has to know for lines that were left by period
TASK = "glider.run"
QUEUE = "glider"

Amount = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


class Module(StrEnum):
    CLEANING = "cleaning"
    IMPORTER = "importer"
    REPORT = "report"
    PREVIEW = "preview"


class ReportKind(StrEnum):
    """Which sales a report has: those that are in the catalogue, or those that are not."""

    MONTHLY = "MONTHLY"
    UNMATCHED = "UNMATCHED"


class ReportFormat(StrEnum):
    CSV = "csv"  # gzip
    PARQUET = "parquet"
    XLSX = "xlsx"


UNMATCHED_REASONS = {  # why sales are not in the catalogue
    "isrc_not_in_catalogue": "No track of the catalogue has this ISRC.",
    "upc_not_in_catalogue": "No release of the catalogue has this UPC.",
    "catalogue_number_not_in_catalogue": "No release of the catalogue has this catalogue number.",
    "title_not_found": "The catalogue number is known, but nothing with this title.",
    "several_candidates": "Several tracks or releases have this catalogue number and title.",
    "isrc_missing": "A track without ISRC: its UPC names a release, not one of its tracks.",
    "no_identifier": "No ISRC, UPC or catalogue number.",
}


class Cause(StrEnum):
    """Why a job failed: the `status_cause` of the file. All but `ERROR` are for the user to mend."""

    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    CORRUPT_FILE = "corrupt_file"
    NOT_A_TABLE = "not_a_table"
    TOO_LARGE = "too_large"
    UNKNOWN_LAYOUT = "unknown_layout"
    AMBIGUOUS_LAYOUT = "ambiguous_layout"
    AMBIGUOUS_DECIMALS = "ambiguous_decimals"
    NO_VALID_ROWS = "no_valid_rows"
    CURRENCY_UNKNOWN = "currency_unknown"
    PERIOD_UNKNOWN = "period_unknown"
    OBJECT_CHANGED = "object_changed"
    OBJECT_ABSENT = "object_absent"
    CONTROL_TOTALS = "control_totals"
    SALES_CHANGING = "sales_changing"
    ERROR = "error"
    LEASE_EXPIRED = "lease_expired"  # of OAS itself: no worker finished the job


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(Frozen):
    """One identity that must hold: `expected` and `found` are amounts or counts as decimal strings."""

    name: str
    expected: str
    found: str
    tied: bool


class SourceFile(Frozen):
    """The sales file a job is about."""

    id: int
    uuid: str
    mongo_db_id: str
    revision: int
    filename: str
    reporting_period: str | None = None  # YYYY-MM, as the user gave it
    account_currency: str | None = None  # the organisation's own, for files that name none


class Message(Frozen):
    version: int = 1
    job: UUID
    organisation: int
    result_key: str
    callback_url: str
    trace: dict[str, str] = Field(default_factory=dict)  # ids for the logs: request_id and the like


class CleaningMessage(Message):
    """Any layout in, one canonical shape out. The object must still have `raw_etag`."""

    module: Literal[Module.CLEANING] = Module.CLEANING
    file: SourceFile
    raw_key: str
    raw_etag: str
    raw_size: int
    cleaned_key: str
    rejects_key: str
    formats: str | None = None  # the published format set by its hash; None: the layouts Glider ships with
    may_be_by_period: bool = (
        False  # whether the lines of a large file may be left by period (`glider.canonical.staged_lines`)
    )


class ImporterMessage(Message):
    """Cleaned lines in; Parquet by period, totals by dimension out. `exchange_rates` has a rate per currency."""

    module: Literal[Module.IMPORTER] = Module.IMPORTER
    file: SourceFile
    cleaned_key: str
    exchange_rates: dict[str, Amount]
    cleaning: CleaningResult
    may_be_by_column: bool = False  # whether rows of totals may be kept as columns (`oas.kernel.documents.rows_of`)


class ReportMessage(Message):
    """Sales of a span of periods (YYYY-MM, both included), matched against a version of the catalogue.

    `currency` is the organisation's: what revenue is in.
    """

    module: Literal[Module.REPORT] = Module.REPORT
    report: str
    kind: ReportKind = ReportKind.MONTHLY
    period_from: str = ""
    period_to: str = ""
    format: ReportFormat = ReportFormat.CSV
    currency: str = ""
    catalogue_version: str = ""
    catalogue_key: str = ""
    aliases_key: str = ""
    output_key: str = ""
    without: list[str] = Field(default_factory=list)  # uuids of sales files that are being deleted


class PreviewMessage(Message):
    """What cleaning would make of a file, without keeping anything of it but the answer. No bell is rung."""

    module: Literal[Module.PREVIEW] = Module.PREVIEW
    file: SourceFile
    raw_key: str
    raw_etag: str
    formats: str | None = None


class Result(Frozen):
    """What every module leaves behind. `status` failed: `cause` and `message` say why, in words for the user."""

    version: int = VERSION
    job: UUID
    status: Literal["succeeded", "failed"] = "succeeded"
    cause: Cause | None = None
    message: str = ""
    detail: str = ""  # for admins: where in the code a bug struck, without paths or values


class CleaningResult(Result):
    """Rows: read = accepted + rejected + skipped. Net: read = accepted + rejected (of it what could be read).

    `periods` and `statement_periods` are YYYY-MM, sorted; `net_by_currency` covers accepted lines only.
    """

    module: Literal[Module.CLEANING] = Module.CLEANING
    sha256: str = ""
    layout: str = ""
    layout_version: str = ""
    container: str = ""
    encoding: str = ""
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)  # reason code → lines, rejected and skipped alike
    net_read: Amount = Decimal(0)
    net_accepted: Amount = Decimal(0)
    net_rejected: Amount = Decimal(0)
    net_by_currency: dict[str, Amount] = Field(default_factory=dict)
    periods: list[str] = Field(default_factory=list)
    statement_periods: list[str] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    cleaned_key: str = ""
    cleaned_by_period: bool = False  # an object for each of `periods`, at `oas.kernel.object_keys.cleaned_period`
    rejects_key: str | None = None


class SalesObject(Frozen):
    """One Parquet object of the lake."""

    period: str
    key: str
    rows: int
    quantity: int
    gross: Amount = Decimal(0)
    net: Amount
    revenue: Amount


class ImporterResult(Result):
    module: Literal[Module.IMPORTER] = Module.IMPORTER
    total_rows: int = 0
    total_artists: int = 0
    total_local: Amount = Decimal(0)
    currencies: list[str] = Field(default_factory=list)
    parts: list[SalesObject] = Field(default_factory=list)
    totals_key: str = ""  # totals by period and dimension, as Parquet (`oas.kernel.totals.COLUMNS`)
    checks: list[Check] = Field(default_factory=list)


class SalesTotals(Frozen):
    """Sums over sale lines. Gross (of the lines that state one) and net by currency; revenue in the books' currency."""

    rows: int = 0
    quantity: int = 0
    gross: dict[str, Amount] = Field(default_factory=dict)
    net: dict[str, Amount] = Field(default_factory=dict)
    revenue: Amount = Decimal(0)


class ReportResult(Result):
    """`lines` are those of the report, `matched` + `unmatched` = `everything` those of the sales behind them.

    `groups` counts what is not in the catalogue and wants one alias each; `suggested` those with a suggestion.
    """

    module: Literal[Module.REPORT] = Module.REPORT
    lines: int = 0
    size: int = 0  # bytes
    output_key: str = ""
    files: int = 0
    matched: SalesTotals = SalesTotals()
    unmatched: SalesTotals = SalesTotals()
    everything: SalesTotals = SalesTotals()
    groups: int = 0
    suggested: int = 0
    checks: list[Check] = Field(default_factory=list)


class SeenPart(Frozen):
    """A part of a file before any layout is looked for: its first rows, cut at the likeliest delimiter."""

    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    rows: list[list[str]] = Field(default_factory=list)


class Recognised(Frozen):
    """Why a part was taken for a layout. `header_line` counts from 1; 0: the layout has no header."""

    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 0
    header: list[str] = Field(default_factory=list)
    layout: str = ""
    title: str = ""
    version: str = ""
    known: list[str] = Field(default_factory=list)  # columns of the layout that are there
    unknown: list[str] = Field(default_factory=list)  # columns that the layout does not know; not read
    runners_up: list[str] = Field(default_factory=list)


class PreviewResult(Result):
    """`cause` and `message` say why cleaning would fail; `seen` is told then. `lines`: the first sale lines."""

    module: Literal[Module.PREVIEW] = Module.PREVIEW
    container: str = ""
    seen: list[SeenPart] = Field(default_factory=list)
    parts: list[Recognised] = Field(default_factory=list)
    lines: list[dict[str, str | int | None]] = Field(default_factory=list)
    figures: CleaningResult | None = None


ImporterMessage.model_rebuild()

AnyMessage = Annotated[
    CleaningMessage | ImporterMessage | ReportMessage | PreviewMessage, Field(discriminator="module")
]
AnyResult = Annotated[CleaningResult | ImporterResult | ReportResult | PreviewResult, Field(discriminator="module")]
MESSAGE: TypeAdapter[AnyMessage] = TypeAdapter(AnyMessage)
RESULT: TypeAdapter[AnyResult] = TypeAdapter(AnyResult)


class JobFinished(Frozen):
    """The body of the webhook: which job has ended. What came of it is read from its result object."""

    type: Literal["job.finished"] = "job.finished"
    job: UUID
    organisation: int
    module: Module
    status: Literal["succeeded", "failed"]


WORKERS_KEY = (
    "glider:workers"  # a sorted set: processes that take jobs, by when they last said so (seconds of Unix time)
)
WORKER_SILENT = 30.0  # seconds after which such a process is taken to be gone


def lease_key(job: UUID) -> str:
    """The Redis key a running job keeps alive (it expires `lease_seconds` after the last renewal)."""
    return f"glider:lease:{job}"


def progress_key(job: UUID) -> str:
    """The Redis key of a job's progress: JSON {"percent": int, "rows": int}."""
    return f"glider:progress:{job}"
