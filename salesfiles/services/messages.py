"""Messages of the jobs about a sales file: the keys Glider reads and writes, and the facts that it needs."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from glider.contract import ANSWERS, BY_PERIOD, NO_ANSWERS, CleaningMessage, CleaningResult, ImporterMessage, SourceFile
from jobs.services.outbox import new_trace
from layouts.services.layout_sets import published_set
from oas.kernel import object_keys
from oas.kernel.config import config
from salesfiles.models import SalesFile


def cleaning_message(file: SalesFile, job: UUID) -> CleaningMessage:
    """Return the message that has the pinned upload of `file` cleaned by the job `job`."""
    place = (file.organisation_id, file.uuid, file.revision, job)
    answers = file.answers
    return CleaningMessage(
        # A worker from before `ANSWERS` would not heed them, and leaves the message.
        version=1 if answers == NO_ANSWERS else ANSWERS,
        job=job,
        organisation=file.organisation_id,
        result_key=object_keys.result(file.organisation_id, job),
        callback_url=config().webhook_address,
        trace=new_trace(),
        file=source_of(file),
        raw_key=file.raw_key,
        raw_etag=file.raw_etag,
        raw_size=file.raw_size or 0,
        formats=published_set(file.organisation_id),
        answers=answers,
        cleaned_key=object_keys.cleaned(*place),
        rejects_key=object_keys.rejects(*place),
        may_be_by_period=True,
    )


def importer_message(
    file: SalesFile, job: UUID, cleaning: CleaningResult, rates: dict[str, Decimal]
) -> ImporterMessage:
    """Return the message that has the lines of `cleaning` imported at `rates` (currency → rate) by the job `job`."""
    return ImporterMessage(
        # A worker from before `BY_PERIOD` cannot read lines that are cleaned by period, and leaves the message.
        version=BY_PERIOD if cleaning.cleaned_by_period else 1,
        job=job,
        organisation=file.organisation_id,
        result_key=object_keys.result(file.organisation_id, job),
        callback_url=config().webhook_address,
        trace=new_trace(),
        file=source_of(file),
        cleaned_key=cleaning.cleaned_key,
        exchange_rates=rates,
        cleaning=cleaning,
        may_be_by_column=True,
    )


def source_of(file: SalesFile) -> SourceFile:
    """Return the facts of `file` that every message about it has. Reads its organisation."""
    return SourceFile(
        id=file.pk,
        uuid=file.uuid,
        mongo_db_id=file.mongo_db_id,
        revision=file.revision,
        filename=file.filename,
        reporting_period=file.reporting_period or None,
        account_currency=file.organisation.currency,
    )
