"""Opening jobs: the row, its message, and its publication after commit."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.utils import timezone

from glider.contract import BY_PERIOD, AnyMessage, CleaningMessage, CleaningResult, ImporterMessage, Module, SourceFile
from layouts.services.layout_sets import published_set
from oas.api.refusals import QuotaReached
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.transactions import all_or_nothing
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import Job, JobState, SalesFile
from salesfiles.services.quotas import hold_files
from salesfiles.services.rates import rates_of
from salesfiles.services.turns import give_turns_on_commit, may_take_over, take_over_on_commit
from salesfiles.status import Status

_TRACED = ("request_id",)


def start_cleaning(file: SalesFile, *, actor: str = "") -> Job:
    """UPLOADED or REIMPORT → CLEANING. Raises `InvalidTransition`, `LostRace`, `QuotaReached`."""
    try:
        return _start_cleaning(file, actor)
    except QuotaReached:
        file.refresh_from_db()
        raise


@transaction.atomic
def _start_cleaning(file: SalesFile, actor: str) -> Job:
    job = open_job(cleaning_message(file, uuid4()), file=file)
    file.move_to(Status.CLEANING, actor=actor, current_job=job, module_response=Module.CLEANING.value)
    hold_files(file.organisation)
    return job


def start_importer(file: SalesFile, *, actor: str = "") -> Job | None:
    """CLEANED → PROCESSING; or FAILED, and None, without an exchange rate. Raises `InvalidTransition`, `LostRace`."""
    with all_or_nothing():
        return import_cleaned(file, cleaning_result(file), actor=actor)


def import_cleaned(
    file: SalesFile, cleaning: CleaningResult, *, actor: str = "", ended: Job | None = None
) -> Job | None:
    """The same, in a transaction, with what cleaning has just found. `ended`: its job, whose place is free now."""
    try:
        rates = rates_of(file, cleaning)
    except (ExchangeRateMissing, SeveralCurrencies) as refused:
        file.move_to(Status.FAILED, cause=refused.code, message=refused.text, actor=actor)
        return None
    job = open_job(importer_message(file, uuid4(), cleaning, rates), file=file, ended=ended)
    used = next(iter(rates.values())) if len(rates) == 1 else None
    module = Module.IMPORTER.value
    file.move_to(Status.PROCESSING, actor=actor, current_job=job, module_response=module, used_rate=used)
    return job


def cleaning_result(file: SalesFile, revision: int | None = None) -> CleaningResult:
    return CleaningResult.model_validate(finished_job(file, Module.CLEANING, revision).result)


def finished_job(file: SalesFile, module: Module, revision: int | None = None) -> Job:
    """The job of that module that succeeded, for the file's revision unless another is asked for."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision=revision or file.revision)
    return jobs.filter(module=module.value, state=JobState.SUCCEEDED).latest("created_at")


def cleaning_message(file: SalesFile, job: UUID) -> CleaningMessage:
    place = (file.organisation_id, file.uuid, file.revision, job)
    return CleaningMessage(
        job=job,
        organisation=file.organisation_id,
        result_key=object_keys.result(file.organisation_id, job),
        callback_url=config().webhook_address,
        trace=_trace(),
        file=source_of(file),
        raw_key=file.raw_key,
        raw_etag=file.raw_etag,
        raw_size=file.raw_size or 0,
        formats=published_set(file.organisation_id),
        cleaned_key=object_keys.cleaned(*place),
        rejects_key=object_keys.rejects(*place),
        may_be_by_period=True,
    )


def importer_message(
    file: SalesFile, job: UUID, cleaning: CleaningResult, rates: dict[str, Decimal]
) -> ImporterMessage:
    return ImporterMessage(
        version=BY_PERIOD if cleaning.cleaned_by_period else 1,
        job=job,
        organisation=file.organisation_id,
        result_key=object_keys.result(file.organisation_id, job),
        callback_url=config().webhook_address,
        trace=_trace(),
        file=source_of(file),
        cleaned_key=cleaning.cleaned_key,
        exchange_rates=rates,
        cleaning=cleaning,
        may_be_by_column=True,
    )


def open_job(message: AnyMessage, *, file: SalesFile | None = None, ended: Job | None = None) -> Job:
    """The row that is the outbox; what it says is published after commit, or when its turn comes.

    `file` is None for a report. `ended`: the job that this one follows, ended in the same transaction.
    """
    job = Job(
        pk=message.job,
        organisation_id=message.organisation,
        file=file,
        module=message.module.value,
        revision=None if file is None else file.revision,
        message=message.model_dump(mode="json"),
        heavy=file is not None and (file.raw_size or 0) >= config().heavy_bytes,
    )
    if ended is not None and may_take_over(job, ended):
        job.published_at = timezone.now()
        take_over_on_commit(job)
    else:
        give_turns_on_commit(job)
    job.save(force_insert=True)
    return job


def source_of(file: SalesFile) -> SourceFile:
    return SourceFile(
        id=file.pk,
        uuid=file.uuid,
        mongo_db_id=file.mongo_db_id,
        revision=file.revision,
        filename=file.filename,
        reporting_period=file.reporting_period or None,
        account_currency=file.organisation.currency,
    )


def _trace() -> dict[str, str]:
    """Ids that the worker repeats in its logs."""
    context = structlog.contextvars.get_contextvars()
    return {name: str(context[name]) for name in _TRACED if name in context}
