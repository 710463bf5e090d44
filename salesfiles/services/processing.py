"""What `process` does with one sales file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from glider.contract import CleaningResult, Module
from jobs.models import Job
from jobs.services.dispatch import dispatched_together
from jobs.services.outbox import finished_job, open_job
from layouts.services.layout_sets import same_set
from oas.api.refusals import QuotaReached
from oas.kernel.amounts import format_amount
from oas.kernel.documents import documents, file_id
from oas.transactions import all_or_nothing
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import SalesFile
from salesfiles.services import uploads
from salesfiles.services.messages import cleaning_message, importer_message
from salesfiles.services.quotas import hold_files, refuse_files
from salesfiles.services.rates import rates_of
from salesfiles.status import Action, Status


@dataclass(frozen=True)
class Outcome:
    file: SalesFile
    presigned_url: str | None = None
    upload: uploads.Multipart | None = None


@contextmanager
def several() -> Iterator[None]:
    """For processing one sales file after the other: what each would ask for, or do, is done once."""
    with same_set(), dispatched_together():
        yield


def process(
    *,
    file: SalesFile,
    action: Action,
    actor: str = "",
    parts: int | None = None,
    content_length: int | None = None,
) -> Outcome:
    """Do `action`. Raises a `Refused`: what the state of the file, or of its upload, does not allow."""
    if action not in file.actions:
        raise file.refusal(action)
    if action is Action.UPLOAD:
        return _upload(file, actor, parts, content_length)
    if action is Action.COMPLETE:
        uploads.complete_upload(file=file)
    elif action is Action.ABORT:
        uploads.abort_upload(file=file)
    else:
        refuse_files(file.organisation)
        _bring_to_totals(file, action, actor)
    return Outcome(file)


def _upload(file: SalesFile, actor: str, parts: int | None, content_length: int | None) -> Outcome:
    if parts is not None:
        return Outcome(file, upload=uploads.hand_out_parts(file=file, parts=parts, actor=actor))
    url = uploads.hand_out_link(file=file, actor=actor, content_length=content_length)
    return Outcome(file, presigned_url=url)


def _bring_to_totals(file: SalesFile, action: Action, actor: str) -> None:
    if action is Action.REIMPORT or file.status == Status.FAILED:
        reimport(file=file, actor=actor)
    elif file.status == Status.CLEANED:
        start_importer(file, actor=actor)
    else:
        clean(file=file, actor=actor)


def clean(*, file: SalesFile, actor: str = "") -> None:
    """UPLOADING with the object present, or UPLOADED, → CLEANING."""
    if file.status == Status.UPLOADING:
        uploads.pin_upload(file, actor=actor)
    save_first_information(file)
    start_cleaning(file, actor=actor)


@transaction.atomic
def reimport(*, file: SalesFile, actor: str = "") -> None:
    """FAILED, PROCESSED or FINALIZED → REIMPORT → CLEANING, as the next revision, from the object pinned once."""
    now = SalesFile.lock(file.pk)
    if Action.REIMPORT not in now.actions:
        raise now.refusal(Action.REIMPORT)
    now.move_to(Status.REIMPORT, actor=actor, revision=now.revision + 1)
    start_cleaning(now, actor=actor)
    file.refresh_from_db()


def save_first_information(file: SalesFile) -> None:
    """What is known before Glider has looked at the content, one document per `mongo_db_id`."""
    documents().replace(
        "files",
        {
            "_id": file_id(file.organisation_id, file.mongo_db_id),
            "organisation": file.organisation_id,
            "file": file.pk,
            "uuid": file.uuid,
            "mongo_db_id": file.mongo_db_id,
            "filename": file.filename,
            "filetype": file.filetype,
            "filesize": file.filesize,
            "size": file.raw_size,
            "etag": file.raw_etag,
            "key": file.raw_key,
            "reporting_period": file.reporting_period,
            "upload_mode": file.upload_mode,
            "exchange_rate": None if file.exchange_rate is None else format_amount(file.exchange_rate),
            "created_at": file.created_at,
        },
    )


def start_cleaning(file: SalesFile, *, actor: str = "") -> Job:
    """UPLOADED or REIMPORT → CLEANING. Raises `InvalidTransition`, `LostRace`, `QuotaReached`."""
    try:
        return _start_cleaning(file, actor)
    except QuotaReached:
        file.refresh_from_db()
        raise


@transaction.atomic
def _start_cleaning(file: SalesFile, actor: str) -> Job:
    job = open_job(cleaning_message(file, uuid4()), size=file.raw_size or 0)
    file.move_to(Status.CLEANING, actor=actor, current_job=job, module_response=Module.CLEANING.value)
    hold_files(file.organisation)
    return job


def start_importer(file: SalesFile, *, actor: str = "") -> Job | None:
    """CLEANED → PROCESSING; or FAILED, and None, without an exchange rate. Raises `InvalidTransition`, `LostRace`."""
    with all_or_nothing():
        return import_cleaned(file, cleaning_result(file), actor=actor)


def import_cleaned(
    file: SalesFile, cleaning: CleaningResult, *, actor: str = "", follows: Job | None = None
) -> Job | None:
    """The same, in a transaction, with what cleaning has just found. `follows`: its job, closed already."""
    try:
        rates = rates_of(file, cleaning)
    except (ExchangeRateMissing, SeveralCurrencies) as refused:
        file.move_to(Status.FAILED, cause=refused.code, message=refused.text, actor=actor)
        return None
    job = open_job(importer_message(file, uuid4(), cleaning, rates), size=file.raw_size or 0, follows=follows)
    used = next(iter(rates.values())) if len(rates) == 1 else None
    module = Module.IMPORTER.value
    file.move_to(Status.PROCESSING, actor=actor, current_job=job, module_response=module, used_rate=used)
    return job


def cleaning_result(file: SalesFile, revision: int | None = None) -> CleaningResult:
    return CleaningResult.model_validate(finished_job(file.pk, Module.CLEANING, revision or file.revision).result)
