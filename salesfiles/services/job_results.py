"""Results of cleaning and importer jobs: check them, and move the sales file on."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from glider.contract import AnyResult, Cause, CleaningResult, ImporterResult, Module, Overlap
from jobs.errors import StaleJob, UnknownJob
from jobs.models import Job
from jobs.services.finishing import close, lock_open
from jobs.services.results import malformed
from oas.kernel import object_keys
from oas.kernel.amounts import LARGEST_OF_FILE, format_amount
from oas.kernel.periods import PERIOD
from oas.tasks import send_on_commit
from oas.transactions import broken_constraint
from salesfiles.choices import Task, Waiting
from salesfiles.errors import DuplicateFile
from salesfiles.models import SalesFile
from salesfiles.services import control_totals, overlaps
from salesfiles.services.batching import delay_for_others
from salesfiles.services.finalising import ADVICE, totals_of
from salesfiles.services.many_rejects import describe_many
from salesfiles.services.processing import cleaning_result, import_cleaned
from salesfiles.services.rates import rates_used
from salesfiles.status import Status

ACTOR: Final = "glider"
SWEEP: Final = "sweep"
# The modules whose results are handled here, and the status in which a file waits for each.
MODULES: Final = {Module.CLEANING: Status.CLEANING, Module.IMPORTER: Status.PROCESSING}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
# The first values that no longer fit the columns: bigint, and numeric(38, 18).
MOST_WARNINGS: Final = 200  # more than Glider makes
_MOST_ROWS: Final = 2**63
_MOST_MONEY: Final = Decimal(10) ** 20


def handle(job_id: UUID, result: AnyResult) -> bool:
    """End the job `job_id` with `result` and move its sales file on, in one transaction.

    Idempotent. Returns True if this call applied the result, False if the job had ended before. Raises `StaleJob` when
    the file does not wait for this job, `UnknownJob` when the file is gone.
    """
    try:
        return _handle(job_id, result)
    except IntegrityError as error:
        if broken_constraint(error) != "one_sales_file_per_content":
            raise
    # Another file claimed the same content at the same time. The transaction was rolled back, so all of it is done
    # again; this time the other file's claim is visible.
    return _handle(job_id, result, content_taken=True)


@transaction.atomic
def _handle(job_id: UUID, result: AnyResult, *, content_taken: bool = False) -> bool:
    # The file is locked before the job, as everywhere, to avoid deadlocks.
    file = _lock_file(job_id)
    job = lock_open(job_id)
    if job is None:
        return False
    if file is None:
        raise UnknownJob("The sales file of this job is gone.")
    if file.current_job_id != job.pk or file.status != MODULES.get(Module(job.module)):
        raise StaleJob("The sales file does not wait for this job.")
    if problem := _problem(job, result):
        result = malformed(job, problem)
    # The job is closed first: the importer that follows it takes over its place in the broker.
    close(job, result)
    # The unique constraint decides whether the content is a duplicate, so the first file is looked for only after the
    # constraint failed: other files need neither a savepoint nor a query for it.
    if not content_taken or not _refused_as_duplicate(file, result):
        _move_on(file, job, result)
    return True


def _lock_file(job_id: UUID) -> SalesFile | None:
    files = SalesFile.everything.select_for_update(of=("self",)).select_related("organisation")
    return files.filter(jobs=job_id, deleted_at=None).first()


def _move_on(file: SalesFile, job: Job, result: AnyResult) -> None:
    if result.status == "failed":
        # This cause is the sweep's own: no worker has finished the job, and Glider reported nothing.
        actor = SWEEP if result.cause is Cause.LEASE_EXPIRED else ACTOR
        known = _layout_of(result) if isinstance(result, CleaningResult) and result.layout else {}
        facts = {**known, **_left_by(result)}
        fail(file, cause=result.cause or Cause.ERROR, message=result.message, actor=actor, **facts)
    elif isinstance(result, CleaningResult):
        _cleaned(file, job, result)
    elif isinstance(result, ImporterResult):
        _imported(file, job, result)


def fail(file: SalesFile, *, cause: str, message: str, actor: str = ACTOR, **fields: Any) -> None:
    """Move `file` to FAILED, and write `fields` with it. Raises `InvalidTransition`, `LostRace`."""
    file.move_to(Status.FAILED, cause=cause, message=message, actor=actor, **fields)


def _left_by(failed: AnyResult) -> dict[str, Any]:
    """Return what a cleaning that failed shows of a file of which no line was accepted; nothing of another failure."""
    if not isinstance(failed, CleaningResult) or not failed.rows_read:
        return {}
    # Without its checksum: the content has not been cleaned, so it may only be imported from the start.
    facts = _facts(failed)
    return {name: facts[name] for name in ("accepted_rows", "rejected_rows", "skipped_rows", "rejects_key", "warnings")}


# --- cleaning ---


def _cleaned(file: SalesFile, job: Job, result: CleaningResult) -> None:
    # A live revision counts this file's content: other content would silently replace its totals.
    if file.live_revision is not None and file.claim not in (None, result.sha256):
        text = "The content is not that of the revision in force: make a sales file of its own for it."
        fail(file, cause="other_content", message=text)
    else:
        file.move_to(Status.CLEANED, actor=ACTOR, claim=result.sha256, **_facts(result))
        import_cleaned(file, result, actor=ACTOR, follows=job)


def _refused_as_duplicate(file: SalesFile, result: AnyResult) -> bool:
    """Fail `file` if another sales file of the organisation has claimed its content; returns whether it did.

    The other file may be gone by now; then nothing is done.
    """
    claim = result.sha256 if isinstance(result, CleaningResult) else None
    first = SalesFile.everything.filter(organisation=file.organisation_id, claim=claim).first() if claim else None
    if first is not None:
        fail(file, cause=DuplicateFile.code, message=DuplicateFile.naming(first.pk, first.filename).text)
    return first is not None


def _facts(result: CleaningResult) -> dict[str, Any]:
    return {
        "sha256": result.sha256,
        **_layout_of(result),
        "currency": next(iter(result.net_by_currency)) if len(result.net_by_currency) == 1 else "",
        "accepted_rows": result.accepted,
        "rejected_rows": result.rejected,
        "skipped_rows": result.skipped,
        "rejects_key": result.rejects_key or "",
        "rates": None,
        "checks": [check.model_dump() for check in result.checks],
        "warnings": result.warnings[:MOST_WARNINGS],
    }


def _layout_of(result: CleaningResult) -> dict[str, str]:
    return {"source_format": result.layout[:64], "layout_version": result.layout_version[:64]}


# --- importer ---


def _imported(file: SalesFile, job: Job, result: ImporterResult) -> None:
    """Move `file` to PROCESSED, and have it finalised if its control totals tie."""
    cleaning = cleaning_result(file)
    checks = control_totals.all_checks(cleaning, result, rates_used(job))
    failures = control_totals.describe_failures(checks)
    # Until the new revision is FINALIZED, the row shows the totals of the live one.
    totals = {} if file.live_revision else totals_of(result)
    dumped = [check.model_dump() for check in checks]
    overlaps.record(file, job.pk, result.overlaps)
    cause, message = _why_it_waits(result, failures, describe_many(cleaning, file.organisation.most_rejected))
    file.move_to(Status.PROCESSED, actor=ACTOR, cause=cause, message=message, checks=dumped, **totals)
    if not cause:
        send_on_commit(Task.FINALISE, file.pk, delay=delay_for_others(file))


def _why_it_waits(result: ImporterResult, failures: str, rejects: str) -> tuple[str, str]:
    """Return the cause and the message with which a file of `result` waits for a person; both are empty if not.

    Of several causes the gravest counts, and the message has all of them: who accepts the file accepts each.
    """
    amounts = [amount for part in result.parts for amount in (part.revenue, part.net, part.gross)]
    if any(amount > LARGEST_OF_FILE or amount < -LARGEST_OF_FILE for amount in (result.total_local, *amounts)):
        text = f"The file comes to {format_amount(result.total_local)}; no file may come to more than"
        text = f"{text} {LARGEST_OF_FILE:,} in a month or in all. {ADVICE}"
        return Waiting.TOTALS_TOO_LARGE, " ".join(filter(None, (text, failures, rejects)))
    cause = Waiting.CONTROL_TOTALS if failures else Waiting.MANY_REJECTS if rejects else ""
    return cause, " ".join(filter(None, (failures, rejects)))


# --- checks of results ---


def _problem(job: Job, result: AnyResult) -> str:
    """Name what cannot be right in a result; empty when nothing is wrong.

    Glider is another program: a key that was not asked for could point at another organisation's objects.
    """
    if result.status == "failed":
        return _lines_problem(job, result) if isinstance(result, CleaningResult) else ""
    if isinstance(result, CleaningResult):
        return _cleaning_problem(job, result)
    return _importer_problem(job, result) if isinstance(result, ImporterResult) else ""


def _cleaning_problem(job: Job, result: CleaningResult) -> str:
    if not _SHA256.fullmatch(result.sha256):
        return "no checksum"
    if result.cleaned_key != job.message["cleaned_key"]:
        return "other keys than asked for"
    if not all(_CURRENCY.fullmatch(code) for code in result.net_by_currency):
        return "no currency"
    return _lines_problem(job, result)


def _lines_problem(job: Job, result: CleaningResult) -> str:
    if result.rejects_key not in (None, job.message["rejects_key"]):
        return "other keys than asked for"
    counts = (result.rows_read, result.accepted, result.rejected, result.skipped)
    return "" if all(0 <= count < _MOST_ROWS for count in counts) else "impossible counts"


def _importer_problem(job: Job, result: ImporterResult) -> str:
    if not 0 <= result.total_rows < _MOST_ROWS or not 0 <= result.total_artists < _MOST_ROWS:
        return "impossible counts"
    if not -_MOST_MONEY < result.total_local < _MOST_MONEY:
        return "an impossible total"
    if not all(_is_possible(each) for each in result.overlaps):
        return "an impossible overlap"
    return "" if result.totals_key in ("", _totals_key(job)) else "other keys than asked for"


def _is_possible(overlap: Overlap) -> bool:
    counts = (overlap.lines, overlap.file_lines, overlap.other_file_lines)
    amounts = (overlap.money, overlap.file_money, overlap.other_money, overlap.other_file_money)
    return (
        bool(overlap.periods)
        and all(re.fullmatch(PERIOD, period) for period in overlap.periods)
        and all(0 <= count < _MOST_ROWS for count in counts)
        and all(0 <= amount < _MOST_MONEY for amount in amounts)
    )


def _totals_key(job: Job) -> str:
    return object_keys.totals(job.owner_id, job.message["file"]["uuid"], job.revision or 0, job.pk)
