"""A job has ended: what its result does to its sales file. The webhook and the sweep come here alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from glider.contract import AnyResult, Bell, Cause, CleaningResult, ImporterResult, Module
from oas.tasks import send_on_commit
from oas.transactions import broken_constraint
from salesfiles.choices import Task
from salesfiles.errors import DuplicateFile, StaleJob, UnknownJob
from salesfiles.models import Job, JobState, SalesFile
from salesfiles.services import control_totals
from salesfiles.services.batching import CONTROL_TOTALS, wait_for_others
from salesfiles.services.finalising import totals_of
from salesfiles.services.jobs import cleaning_result, import_cleaned
from salesfiles.services.results import read_result
from salesfiles.services.turns import give_turns_on_commit
from salesfiles.status import Status

ACTOR = "glider"
_EXPECTED = {Module.CLEANING: Status.CLEANING, Module.IMPORTER: Status.PROCESSING}


Handler = Callable[[Job, AnyResult], None]
_OTHERS: dict[Module, Handler] = {}


def on_end(module: Module, handler: Handler) -> None:
    """For jobs that are about no sales file: `handler` is called once, in the transaction that closes the job."""
    _OTHERS[module] = handler


class Effect(StrEnum):
    APPLIED = "applied"
    REPEATED = "repeated"


def ring(bell: Bell) -> Effect:
    """The bell only says that there may be a result: all else is read from it.

    Raises `UnknownJob`, `StaleJob`, `ResultMissing`.
    """
    job = Job.objects.of(bell.organisation).filter(pk=bell.job).first()
    if job is None:
        raise UnknownJob("There is no such job.")
    return apply(job.pk, read_result(job)) if job.is_open else _ended(job)


def apply(job_id: UUID, result: AnyResult) -> Effect:
    """Move the job's file on, once. Raises `StaleJob`, `UnknownJob` (its file is gone)."""
    try:
        return _apply(job_id, result)
    except IntegrityError as error:
        if broken_constraint(error) != "one_sales_file_per_content":
            raise
    return _apply(job_id, result, content_taken=True)  # once more, as all of it was undone


@transaction.atomic
def _apply(job_id: UUID, result: AnyResult, *, content_taken: bool = False) -> Effect:
    file, job = _locked(job_id)
    if not job.is_open:
        return _ended(job)
    if file is not None and not _waits_for(file, job):
        raise StaleJob("The sales file does not wait for this job.")
    _close(job, result)
    if file is None:
        _OTHERS[Module(job.module)](job, result)
    elif not content_taken or not _refused_as_duplicate(file, result):
        _move_on(file, job, result)
    if file is None or file.current_job_id == job.pk:  # else the next job has asked for the room already, or has it
        give_turns_on_commit(job)
    return Effect.APPLIED


def _locked(job_id: UUID) -> tuple[SalesFile | None, Job]:
    """Files are locked before their jobs, everywhere, so that nobody waits in a circle."""
    files = SalesFile.everything.select_for_update(of=("self",)).select_related("organisation")
    file = files.filter(jobs=job_id, deleted_at=None).first()
    job = Job.everything.select_for_update().get(pk=job_id)
    if file is None and job.file_id is not None:
        raise UnknownJob("The sales file of this job is gone.")
    return file, job


def _waits_for(file: SalesFile, job: Job) -> bool:
    return file.current_job_id == job.pk and file.status == _EXPECTED.get(Module(job.module))


def _ended(job: Job) -> Effect:
    if job.state == JobState.CANCELLED:
        raise StaleJob("The job was cancelled.")
    return Effect.REPEATED


def _close(job: Job, result: AnyResult) -> None:
    state = JobState.FAILED if result.status == "failed" else JobState.SUCCEEDED
    job.close(state, result=result.model_dump(mode="json"))


def _move_on(file: SalesFile, job: Job, result: AnyResult) -> None:
    if result.status == "failed":
        fail(file, cause=result.cause or Cause.ERROR, message=result.message)
    elif isinstance(result, CleaningResult):
        _cleaned(file, job, result)
    elif isinstance(result, ImporterResult):
        _imported(file, job, result)


def fail(file: SalesFile, *, cause: str, message: str, actor: str = ACTOR) -> None:
    file.move_to(Status.FAILED, cause=cause, message=message, actor=actor)


# --- cleaning ---


def _cleaned(file: SalesFile, job: Job, result: CleaningResult) -> None:
    if file.live_revision is not None and file.claim not in (None, result.sha256):
        text = "The content is not that of the revision in force: make a sales file of its own for it."
        fail(file, cause="other_content", message=text)
    else:
        file.move_to(Status.CLEANED, actor=ACTOR, claim=result.sha256, **_facts(result))
        import_cleaned(file, result, actor=ACTOR, ended=job)


def _refused_as_duplicate(file: SalesFile, result: AnyResult) -> bool:
    """→ FAILED when another sales file of the organisation has this content; not when that is gone by now."""
    claim = result.sha256 if isinstance(result, CleaningResult) else None
    first = SalesFile.everything.filter(organisation=file.organisation_id, claim=claim).first() if claim else None
    if first is not None:
        fail(file, cause=DuplicateFile.code, message=DuplicateFile.of(first).text)
    return first is not None


def _facts(result: CleaningResult) -> dict[str, Any]:
    return {
        "sha256": result.sha256,
        "source_format": result.layout[:64],
        "layout_version": result.layout_version[:64],
        "currency": next(iter(result.net_by_currency)) if len(result.net_by_currency) == 1 else "",
        "accepted_rows": result.accepted,
        "rejected_rows": result.rejected,
        "skipped_rows": result.skipped,
        "rejects_key": result.rejects_key or "",
        "checks": [check.model_dump() for check in result.checks],
    }


# --- importer ---


def _imported(file: SalesFile, job: Job, result: ImporterResult) -> None:
    """→ PROCESSED, and when its numbers tie on to FINALIZED. What is in force is shown until then."""
    checks = control_totals.all_checks(cleaning_result(file), result, rates_used(job))
    loose = control_totals.untied(checks)
    totals = {} if file.live_revision else totals_of(result)
    kept = [check.model_dump() for check in checks]
    cause = CONTROL_TOTALS if loose else ""
    file.move_to(Status.PROCESSED, actor=ACTOR, cause=cause, message=loose, checks=kept, **totals)
    if not loose:
        send_on_commit(Task.FINALISE, file.pk, delay=wait_for_others(file))


def rates_used(job: Job) -> dict[str, Decimal]:
    """The exchange rate of each currency that the importer was told to use."""
    return {currency: Decimal(rate) for currency, rate in job.message["exchange_rates"].items()}
