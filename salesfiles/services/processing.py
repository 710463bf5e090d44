"""Processing: the actions by which a client moves a sales file on, from the upload link to the reimport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import structlog
from django.db import transaction

from glider.contract import CleaningResult, Module
from jobs.models import Job
from jobs.services.dispatch import dispatched_together
from jobs.services.outbox import finished_job, open_job
from layouts.services.layout_sets import same_set
from oas.api.refusals import QuotaReached, Refused
from oas.kernel.amounts import format_amount
from oas.kernel.config import config
from oas.kernel.documents import documents, file_id
from oas.kernel.intake.unpacked_size import unpacked_size
from oas.kernel.storage import ObjectAbsent
from oas.tasks import send_on_commit
from oas.transactions import all_or_nothing
from salesfiles.choices import Task
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import SalesFile
from salesfiles.services import pinned_uploads, uploads
from salesfiles.services.acceptance import accept_after_review, replace_overlapping
from salesfiles.services.messages import cleaning_message, importer_message
from salesfiles.services.quotas import check_files, check_files_locked
from salesfiles.services.rates import amounts_of, rates_of, recorded
from salesfiles.status import Action, Status

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The file after an action, with the link or the links of a multipart upload that `Action.UPLOAD` hands out."""

    file: SalesFile
    presigned_url: str | None = None
    upload: uploads.Multipart | None = None


@contextmanager
def processed_together() -> Iterator[None]:
    """Process several sales files in the block: their layout sets are read and their jobs dispatched once for all."""
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
    """Do `action` with `file`. `parts` and `content_length` (bytes) are for `Action.UPLOAD`.

    Raises a `Refused` that names what the status of the file, its upload or a quota does not allow.
    """
    if action not in file.actions:
        raise file.refusal(action)
    if action is Action.UPLOAD:
        return _upload(file, actor, parts, content_length)
    if action is Action.COMPLETE:
        uploads.complete_upload(file=file)
    elif action is Action.ABORT:
        uploads.abort_upload(file=file)
    elif action in (Action.ACCEPT, Action.REPLACE):
        _decide(file, action, actor)
    else:
        check_files(file.organisation)
        _process_content(file, action, actor)
    return Outcome(file)


def _upload(file: SalesFile, actor: str, parts: int | None, content_length: int | None) -> Outcome:
    if parts is not None:
        return Outcome(file, upload=uploads.hand_out_parts(file=file, parts=parts, actor=actor))
    url = uploads.hand_out_link(file=file, actor=actor, content_length=content_length)
    return Outcome(file, presigned_url=url)


def _decide(file: SalesFile, action: Action, actor: str) -> None:
    decision = accept_after_review if action is Action.ACCEPT else replace_overlapping
    decision(file=file, actor=actor)
    file.refresh_from_db()


def _process_content(file: SalesFile, action: Action, actor: str) -> None:
    if action is Action.REIMPORT or file.status == Status.FAILED:
        reimport(file=file, actor=actor)
    elif file.status == Status.CLEANED:
        start_importer(file, actor=actor)
    else:
        begin_cleaning(file, actor=actor)


def begin_cleaning(file: SalesFile, *, actor: str = "") -> None:
    """Do as `clean`, but leave it to a task where S3 takes a while to copy the upload: the file is UPLOADED then."""
    if file.status == Status.UPLOADING:
        pinned_uploads.pin_upload(file, actor=actor, most=pinned_uploads.AT_ONCE)
    if pinned_uploads.is_secured(file):
        clean(file=file, actor=actor)
    else:
        send_on_commit(Task.CLEAN, file.pk)


def clean_later(id: int) -> None:
    """Do as `clean` with the sales file `id`, if it is still UPLOADED. Idempotent."""
    file = SalesFile.everything.filter(pk=id, status=Status.UPLOADED, deleted_at=None).first()
    if file is None:
        return
    try:
        clean(file=file, actor=last_actor(file))
    except Refused as error:  # another process was first, or a quota is used up: the sweep carries on
        log.info("not_cleaned_yet", file=id, reason=error.code)


def last_actor(file: SalesFile) -> str:
    """Return who asked for the last change of status."""
    change = file.history.last()
    return change.actor if change else ""


def clean(*, file: SalesFile, actor: str = "") -> None:
    """UPLOADING with the object present, or UPLOADED, → CLEANING; an upload that was replaced meanwhile → FAILED.

    Raises `UploadMissing`, `UploadIncomplete`, `DuplicateFile`, `QuotaReached`, `LostRace`, StorageError,
    DocumentsError.
    """
    if file.status == Status.UPLOADING:
        pinned_uploads.pin_upload(file, actor=actor)
    pinned_uploads.secure_upload(file)
    if file.status == Status.FAILED:
        return
    save_first_information(file)
    start_cleaning(file, actor=actor)


def reimport(*, file: SalesFile, actor: str = "") -> None:
    """FAILED, PROCESSED or FINALIZED → REIMPORT → CLEANING, as the next revision, from the object that was pinned.

    Raises `InvalidTransition`, `QuotaReached`, StorageError. Refreshes `file`.
    """
    _reimport(file, actor, content_size(file) if file.raw_etag else 0)


@transaction.atomic
def _reimport(file: SalesFile, actor: str, size: int) -> None:
    # Under the lock, as the next number of the revision depends on the row.
    now = SalesFile.lock(file.pk)
    if Action.REIMPORT not in now.actions:
        raise now.refusal(Action.REIMPORT)
    rejects = now.live_rejects_key
    now.move_to(Status.REIMPORT, actor=actor, revision=now.revision + 1, rejects_key=rejects, rates=None)
    start_cleaning(now, actor=actor, size=size)
    file.refresh_from_db()


def save_first_information(file: SalesFile) -> None:
    """Write what is known of `file` before Glider has read the content: one document per `mongo_db_id`.

    Idempotent. `manage.py reconcile` makes lost rows again from these documents. Raises DocumentsError.
    """
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
            **file.answers.model_dump(),
            "created_at": file.created_at,
        },
    )


def content_size(file: SalesFile) -> int:
    """Return the bytes that the content of `file` has when it is unpacked, as far as that decides whether it is large.

    Raises StorageError.
    """
    try:
        return unpacked_size(file.raw_key, file.raw_size or 0, most=config().heavy_bytes)
    except ObjectAbsent:  # cleaning says so, as a cause that the user can read
        return file.raw_size or 0


def start_cleaning(file: SalesFile, *, actor: str = "", size: int | None = None) -> Job:
    """UPLOADED or REIMPORT → CLEANING. `size`: that of `content_size`, if it is known.

    Raises `InvalidTransition`, `LostRace`, `QuotaReached`, StorageError.
    """
    size = content_size(file) if size is None else size
    try:
        return _start_cleaning(file, actor, size)
    except QuotaReached:
        # The transaction was rolled back, but `file` has the status CLEANING in memory.
        file.refresh_from_db()
        raise


@transaction.atomic
def _start_cleaning(file: SalesFile, actor: str, size: int) -> Job:
    job = open_job(cleaning_message(file, uuid4()), size=size)
    file.move_to(Status.CLEANING, actor=actor, current_job=job, module_response=Module.CLEANING.value)
    # Counted again once this file is in flight itself, as others may have started since the first look.
    check_files_locked(file.organisation)
    return job


def start_importer(file: SalesFile, *, actor: str = "") -> Job | None:
    """CLEANED → PROCESSING; without an exchange rate → FAILED, and returns None.

    Raises `InvalidTransition`, `LostRace`.
    """
    with all_or_nothing():
        return import_cleaned(file, cleaning_result(file), actor=actor)


def import_cleaned(
    file: SalesFile, cleaning: CleaningResult, *, actor: str = "", follows: Job | None = None
) -> Job | None:
    """Do as `start_importer` with the result `cleaning`, in the caller's transaction.

    `follows`: the cleaning job, if it was closed in this transaction.
    """
    try:
        rates = rates_of(file, cleaning)
    except (ExchangeRateMissing, SeveralCurrencies) as refused:
        file.move_to(Status.FAILED, cause=refused.code, message=refused.text, actor=actor)
        return None
    size = config().heavy_bytes if _was_large(cleaning, follows) else file.raw_size or 0
    job = open_job(importer_message(file, uuid4(), cleaning, amounts_of(rates)), size=size, follows=follows)
    file.move_to(
        Status.PROCESSING,
        actor=actor,
        current_job=job,
        module_response=Module.IMPORTER.value,
        used_rate=next(iter(rates.values())).rate if len(rates) == 1 else None,
        rates=recorded(rates, file.organisation.currency),
    )
    return job


def _was_large(cleaning: CleaningResult, job: Job | None) -> bool:
    """Return whether the cleaning job was large; `job` if it is at hand."""
    if job is not None:
        return job.large
    return Job.objects.unscoped().filter(pk=cleaning.job, large=True).exists()


def cleaning_result(file: SalesFile, revision: int | None = None) -> CleaningResult:
    """Return what cleaning found for `revision`, or for the newest one. Raises Job.DoesNotExist."""
    return CleaningResult.model_validate(finished_job(file.pk, Module.CLEANING, revision or file.revision).result)
