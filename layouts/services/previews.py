"""Previews: what Glider sees in a file before it is imported.

A preview is a job like any other, and dispatched in fair order too. No request waits for it: the caller asks again
until it is there. The id of its job is made of the question, so that the same question finds the same job.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from glider.contract import ANSWERS, NO_ANSWERS, Answers, AnyResult, Module, PreviewMessage, PreviewResult, SourceFile
from jobs.choices import OPEN_STATES
from jobs.models import Job
from jobs.services.finishing import close, lock_open
from jobs.services.outbox import new_trace, open_job, reopen
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.intake.unpacked_size import unpacked_size
from oas.kernel.storage import ObjectAbsent, storage

RETRY_AFTER: Final = timedelta(seconds=20)  # before which a preview that failed without an answer is not tried again


def preview(
    file: SourceFile,
    *,
    organisation: int,
    raw_key: str,
    raw_etag: str,
    raw_size: int,
    layout_set: str,
    answers: Answers = NO_ANSWERS,
) -> PreviewResult | None:
    """What cleaning would make of the object at `raw_key` with `layout_set`; None while Glider has not answered.

    Opens a job, unless there is one for this question, or an open one for another question about `file`.
    `organisation` and `file.id` are 0 for the example of a layout. Raises StorageError.
    """
    question = f"{organisation}:{file.uuid}:{raw_key}:{raw_etag}:{layout_set}:{file.reporting_period}"
    if answers != NO_ANSWERS:
        question += f":{answers.model_dump_json()}"
    id = uuid5(NAMESPACE_URL, question)
    job = Job.objects.unscoped().filter(pk=id).first()
    if job is not None:
        return None if job.is_open else _answer_or_retry(job)
    message = PreviewMessage(
        version=1 if answers == NO_ANSWERS else ANSWERS,
        job=id,
        organisation=organisation,
        result_key=object_keys.preview(organisation, file.uuid, id),
        callback_url=config().webhook_address,
        trace=new_trace(),
        file=file,
        raw_key=raw_key,
        raw_etag=raw_etag,
        formats=layout_set,
        answers=answers,
    )
    if not (file.id and _is_under_way(file.id)):
        _open(message, _content_size(raw_key, raw_size))
    return None


def _content_size(key: str, size: int) -> int:
    try:
        return unpacked_size(key, size, most=config().heavy_bytes)
    except ObjectAbsent:  # Glider says so
        return size


def _is_under_way(file: int) -> bool:
    # One preview of a file at a time, however often its details are changed meanwhile.
    jobs = Job.objects.unscoped().filter(file=file, module=Module.PREVIEW.value, state__in=OPEN_STATES)
    return jobs.exists()


def _open(message: PreviewMessage, size: int) -> None:
    try:
        with transaction.atomic():
            open_job(message, size=size)
    except IntegrityError:
        # Another request with the same question has opened the job in between.
        if not Job.objects.unscoped().filter(pk=message.job).exists():
            raise


def _answer_or_retry(job: Job) -> PreviewResult | None:
    found = _answer(job)
    if found is None:
        with transaction.atomic():
            reopen(job)
    return found


def _answer(job: Job) -> PreviewResult | None:
    """The answer of `job`, which has ended; None when its object is gone, or was never written."""
    try:
        return PreviewResult.model_validate(storage().get_json(job.message["result_key"]))
    except ObjectAbsent:
        # A job that was given up left no object. For a while its failure is the answer, or it would be retried at once.
        failed_lately = job.result and job.finished_at and job.finished_at > timezone.now() - RETRY_AFTER
        return PreviewResult.model_validate(job.result) if failed_lately else None


@transaction.atomic
def handle(job_id: UUID, result: AnyResult) -> bool:
    """End the job of a preview. Idempotent: returns False when it had ended before."""
    job = lock_open(job_id)
    if job is None:
        return False
    # An answer stays in S3; only a failure, which may have left none there, goes into the row.
    close(job, result, keep_result=result.status == "failed")
    return True
