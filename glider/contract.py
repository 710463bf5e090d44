"""The contract between OAS and Glider: job messages, their results, the notification, and the keys in Redis.

OAS sends a message as JSON to Celery (`TASK` on `QUEUE`). Glider writes the result to the message's `result_key` in S3
and then notifies OAS (`JobFinished`, a signed webhook that carries only ids). The result object is the truth.
Old and new versions of both may meet during a deploy: fields are only added, with a default, and `version` grows.
Fields called `part` hold the name of an archive's member or of a sheet; `parts` of an import are sales objects.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, TypeAdapter

VERSION = 3  # the newest that this code understands; a message has the version that its worker has to understand
BY_PERIOD = 2  # the first version whose workers read lines that are staged by period
ANSWERS = 3  # the first version whose workers heed a person's answers
TASK = "glider.run"
QUEUE = "glider"

Amount = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


class Module(StrEnum):
    """The kinds of job."""

    CLEANING = "cleaning"
    IMPORTER = "importer"
    REPORT = "report"
    PREVIEW = "preview"


class ReportKind(StrEnum):
    """Which sales a report has: MONTHLY those that are in the catalogue, UNMATCHED those that are not."""

    MONTHLY = "MONTHLY"
    UNMATCHED = "UNMATCHED"


class ReportFormat(StrEnum):
    """How a report is written; the CSV is packed with gzip."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


# Why sales are not in the catalogue: the `reason` of an UNMATCHED report's line, and its text for people.
UNMATCHED_REASONS = {
    "isrc_not_in_catalogue": "No track of the catalogue has this ISRC.",
    "upc_not_in_catalogue": "No release of the catalogue has this UPC.",
    "catalogue_number_not_in_catalogue": "No release of the catalogue has this catalogue number.",
    "title_not_found": "The catalogue number is known, but nothing with this title.",
    "several_candidates": "Several tracks or releases have this catalogue number and title.",
    "isrc_missing": "A track without ISRC: its UPC names a release, not one of its tracks.",
    "no_identifier": "No ISRC, UPC or catalogue number.",
}


class Cause(StrEnum):
    """Why a job failed: the `status_cause` of the file.

    The sender can mend all but `ERROR`, a bug, and `LEASE_EXPIRED`, which only OAS sets: no worker finished the job.
    """

    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    CORRUPT_FILE = "corrupt_file"
    NOT_A_TABLE = "not_a_table"
    TOO_LARGE = "too_large"
    UNKNOWN_LAYOUT = "unknown_layout"
    AMBIGUOUS_LAYOUT = "ambiguous_layout"
    AMBIGUOUS_DECIMALS = "ambiguous_decimals"
    AMBIGUOUS_DATES = "ambiguous_dates"
    AMBIGUOUS_ENCODING = "ambiguous_encoding"
    NO_VALID_ROWS = "no_valid_rows"
    CURRENCY_UNKNOWN = "currency_unknown"
    PERIOD_UNKNOWN = "period_unknown"
    OBJECT_CHANGED = "object_changed"
    OBJECT_ABSENT = "object_absent"
    CONTROL_TOTALS = "control_totals"
    TOTALS_TOO_LARGE = "totals_too_large"
    SALES_CHANGING = "sales_changing"
    ERROR = "error"
    LEASE_EXPIRED = "lease_expired"


class Frozen(BaseModel):
    """An immutable value in messages and results."""

    # Unknown fields are ignored, so that a message of a newer OAS or a result of a newer worker can still be read.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(Frozen):
    """One identity that must hold. `expected` and `found` are amounts or counts as decimal strings."""

    name: str
    expected: str
    found: str
    tied: bool


class SourceFile(Frozen):
    """The sales file that a job is about."""

    id: int
    uuid: str
    mongo_db_id: str
    revision: int
    filename: str
    reporting_period: str | None = None  # YYYY-MM, as the user gave it
    account_currency: str | None = None  # the organisation's own, for files that name none


class Answers(Frozen):
    """What a person answered where the file itself does not decide; None: nothing was answered.

    `layout` is the name of one in the layout set, `encoding` one of `oas.kernel.intake.encodings.names.NAMED`.
    """

    layout: str | None = None
    decimal_mark: Literal[".", ","] | None = None
    day_first: bool | None = None
    encoding: str | None = None


NO_ANSWERS = Answers()


class Result(Frozen):
    """What every result has. When `status` is failed, `cause` and `message` give the reason in words for the user."""

    version: int = VERSION
    job: UUID
    status: Literal["succeeded", "failed"] = "succeeded"
    cause: Cause | None = None
    message: str = ""
    detail: str = ""  # for admins: the kind and place of a bug, without paths or values


class CleaningResult(Result):
    """The figures of cleaned lines.

    Rows: read = accepted + rejected + skipped. Net: read = accepted + rejected, as far as amounts could be parsed.
    `periods` and `statement_periods` are YYYY-MM, sorted; `net_by_currency` covers accepted lines only.
    """

    module: Literal[Module.CLEANING] = Module.CLEANING
    sha256: str = ""
    layout: str = ""
    layout_version: str = ""
    sender: str = ""  # the name of the main layout of who sends such files
    container: str = ""
    encoding: str = ""
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)  # reason code → lines, both rejected and skipped
    net_read: Amount = Decimal(0)
    net_accepted: Amount = Decimal(0)
    net_rejected: Amount = Decimal(0)
    net_by_currency: dict[str, Amount] = Field(default_factory=dict)
    # Currency (empty: unknown) → sum of absolute amounts, net or else gross: of all sales, and of those rejected.
    money_read: dict[str, Amount] = Field(default_factory=dict)
    money_rejected: dict[str, Amount] = Field(default_factory=dict)
    currency_examples: dict[str, str] = Field(default_factory=dict)  # where each of several is named first, in words
    periods: list[str] = Field(default_factory=list)
    statement_periods: list[str] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    cleaned_key: str = ""
    cleaned_by_period: bool = False  # one object for each of `periods`, at `oas.kernel.object_keys.cleaned_period`
    rejects_key: str | None = None


class SalesObject(Frozen):
    """One Parquet object of the lake: the sales of one file in one `period` (YYYY-MM)."""

    period: str
    key: str
    rows: int
    quantity: int
    gross: Amount = Decimal(0)
    net: Amount
    revenue: Amount


class Overlap(Frozen):
    """Another file of the same sender, at one revision, that holds lines of the imported one in `periods` (YYYY-MM).

    `lines` are in both, `money` is the revenue of them without signs; `file_…` are those of the whole imported file,
    `other_…` those of the other. Lines without money count nowhere.
    """

    file: int
    revision: int
    job: UUID
    periods: list[str] = Field(default_factory=list)
    lines: int
    money: Amount
    file_lines: int
    file_money: Amount
    other_money: Amount
    other_file_lines: int
    other_file_money: Amount


class ImporterResult(Result):
    """The sales objects and totals of one file. `total_local` is its revenue in the books' currency."""

    module: Literal[Module.IMPORTER] = Module.IMPORTER
    total_rows: int = 0
    total_artists: int = 0
    total_local: Amount = Decimal(0)
    currencies: list[str] = Field(default_factory=list)
    parts: list[SalesObject] = Field(default_factory=list)
    totals_key: str = ""  # totals by period and dimension, as Parquet (`oas.kernel.totals.COLUMNS`)
    checks: list[Check] = Field(default_factory=list)
    overlaps: list[Overlap] = Field(default_factory=list)


class SalesTotals(Frozen):
    """Sums over sale lines: gross (of lines that state one) and net by currency, revenue in the books' currency."""

    rows: int = 0
    quantity: int = 0
    gross: dict[str, Amount] = Field(default_factory=dict)
    net: dict[str, Amount] = Field(default_factory=dict)
    revenue: Amount = Decimal(0)


class ReportResult(Result):
    """The figures of a report: `lines` counts its own lines; `matched` + `unmatched` = `everything` that was sold.

    `groups` counts what is missing from the catalogue and could be mended by one alias each; `suggested` counts the
    groups that have a suggestion.
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


class RawMember(Frozen):
    """A member or sheet before any layout is looked for: its first rows, split at the likeliest delimiter."""

    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    rows: list[list[str]] = Field(default_factory=list)


class RecognisedMember(Frozen):
    """How a member or sheet was recognised. `header_line` counts from 1; 0: the layout has no header."""

    part: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 0
    header: list[str] = Field(default_factory=list)
    layout: str = ""
    title: str = ""
    version: str = ""
    known: list[str] = Field(default_factory=list)  # columns that the layout knows
    unknown: list[str] = Field(default_factory=list)  # columns that it does not know; they are not read
    runners_up: list[str] = Field(default_factory=list)  # other layouts that fit


class ProposedMapping(Frozen):
    """What the columns of a member or sheet that no layout knows seem to be; for a person to look at.

    `header_line` counts from 1. `columns`: field of a sale line → cell of the header; `undecided`: field → the cells
    that could be it equally well. `currency` is that of the amounts, if the header names one. `figures` is what
    cleaning by this mapping would come to; None where it would fail, with the reason in `cause` and `message`.
    """

    part: str = ""
    header_line: int = 1
    header: list[str] = Field(default_factory=list)
    columns: dict[str, str] = Field(default_factory=dict)
    undecided: dict[str, list[str]] = Field(default_factory=dict)
    currency: str = ""
    figures: CleaningResult | None = None
    cause: Cause | None = None
    message: str = ""


class EncodingReading(Frozen):
    """How `encoding` reads some names of a file whose bytes do not tell its encoding."""

    encoding: str
    names: list[str] = Field(default_factory=list)


class PreviewResult(Result):
    """What cleaning would make of a file: `parts`, the first sale `lines`, and `figures`.

    If cleaning would fail, `cause` and `message` give the reason, and `seen` has the raw rows instead. `encodings` has
    those that a person can choose from, the likeliest first, if the encoding is the reason; of a file that no layout
    knows, `proposal` has a mapping of its columns.
    """

    module: Literal[Module.PREVIEW] = Module.PREVIEW
    container: str = ""
    seen: list[RawMember] = Field(default_factory=list)
    encodings: list[EncodingReading] = Field(default_factory=list)
    parts: list[RecognisedMember] = Field(default_factory=list)
    lines: list[dict[str, str | int | None]] = Field(default_factory=list)
    figures: CleaningResult | None = None
    proposal: ProposedMapping | None = None


class Message(Frozen):
    """What every job message has. An empty `callback_url` asks for no notification."""

    version: int = 1
    job: UUID
    organisation: int
    result_key: str
    callback_url: str
    trace: dict[str, str] = Field(default_factory=dict)  # ids for the logs, such as request_id


class CleaningMessage(Message):
    """Asks for the canonical sale lines of a raw file of any layout. The object must still have `raw_etag`."""

    module: Literal[Module.CLEANING] = Module.CLEANING
    file: SourceFile
    raw_key: str
    raw_etag: str
    raw_size: int
    cleaned_key: str
    rejects_key: str
    formats: str | None = None  # the hash of the published layout set; None: the layouts that Glider ships with
    answers: Answers = NO_ANSWERS
    # Whether lines of a large file may be staged by period (`glider.canonical.staged_lines`). Messages of an OAS that
    # does not know this form lack the flag, and get the older form from every worker.
    may_be_by_period: bool = False


class ImporterMessage(Message):
    """Asks for sales objects by period and totals by dimension from cleaned lines.

    `exchange_rates` has a rate for each currency of the lines: units of the books' currency for one unit of it.
    """

    module: Literal[Module.IMPORTER] = Module.IMPORTER
    file: SourceFile
    cleaned_key: str
    exchange_rates: dict[str, Amount]
    cleaning: CleaningResult
    may_be_by_column: bool = False  # whether rows of totals may be stored as columns (`oas.kernel.documents.rows_of`)


class ReportMessage(Message):
    """Asks for a report over the periods `period_from` to `period_to` (YYYY-MM, both included).

    Sales are matched against `catalogue_version`. `currency` is the organisation's, in which revenue is.
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
    without: list[str] = Field(default_factory=list)  # uuids of sales files to leave out, as they are being deleted


class PreviewMessage(Message):
    """Asks what cleaning would make of a file. Nothing but the result is stored."""

    module: Literal[Module.PREVIEW] = Module.PREVIEW
    file: SourceFile
    raw_key: str
    raw_etag: str
    formats: str | None = None
    answers: Answers = NO_ANSWERS


AnyMessage = Annotated[
    CleaningMessage | ImporterMessage | ReportMessage | PreviewMessage, Field(discriminator="module")
]
AnyResult = Annotated[CleaningResult | ImporterResult | ReportResult | PreviewResult, Field(discriminator="module")]
MESSAGE: TypeAdapter[AnyMessage] = TypeAdapter(AnyMessage)
RESULT: TypeAdapter[AnyResult] = TypeAdapter(AnyResult)


class JobFinished(Frozen):
    """The body of the webhook: which job has ended. Its outcome is read from the result object, not from here."""

    type: Literal["job.finished"] = "job.finished"
    job: UUID
    organisation: int
    module: Module
    status: Literal["succeeded", "failed"]


# A sorted set of worker processes, scored by their last sign of life (seconds of Unix time).
WORKERS_KEY = "glider:workers"
WORKER_SILENT = 30.0  # seconds without a sign of life after which a worker process counts as gone


def lease_key(job: UUID) -> str:
    """The Redis key of a running job's lease, which expires `lease_seconds` after its last renewal."""
    return f"glider:lease:{job}"


def progress_key(job: UUID) -> str:
    """The Redis key of a job's progress: JSON {"percent": int, "rows": int}."""
    return f"glider:progress:{job}"
