"""Previews: what Glider sees in a file before anything of it is imported.

A preview is a job like any other, so turns between organisations hold for it too. Nothing waits for it: it is
answered when its result is there. Its id follows from what is asked, so that asking again finds the same job.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from glider.contract import AnyResult, Module, PreviewMessage, PreviewResult, SourceFile
from jobs.choices import OPEN_STATES
from jobs.models import Job
from jobs.services.finishing import close, lock_open
from jobs.services.outbox import new_trace, open_job, reopen
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.storage import ObjectAbsent, storage

AGAIN: Final = timedelta(seconds=20)  # after which a preview that failed without an answer is tried again


def preview(
    file: SourceFile, *, organisation: int, raw_key: str, raw_etag: str, raw_size: int, layout_set: str
) -> PreviewResult | None:
    """What cleaning would make of the object at `raw_key`, or None while Glider has not answered.

    Opens a job when there is none that answers, or that is about to answer another question about the file.
    `organisation` is 0, and `file.id` too, for the example of a layout. Raises StorageError.
    """
    question = f"{organisation}:{file.uuid}:{raw_key}:{raw_etag}:{layout_set}:{file.reporting_period}"
    id = uuid5(NAMESPACE_URL, question)
    job = Job.objects.unscoped().filter(pk=id).first()
    if job is not None:
        return None if job.is_open else _answer_or_again(job)
    message = PreviewMessage(
        job=id,
        organisation=organisation,
        result_key=object_keys.preview(organisation, file.uuid, id),
        callback_url=config().webhook_address,
        trace=new_trace(),
        file=file,
        raw_key=raw_key,
        raw_etag=raw_etag,
        formats=layout_set,
    )
    if not (file.id and _is_under_way(file.id)):
        _open(message, raw_size)
    return None


def _is_under_way(file: int) -> bool:
    """One preview of a file at a time, however often its details are changed meanwhile."""
    jobs = Job.objects.unscoped().filter(file=file, module=Module.PREVIEW.value, state__in=OPEN_STATES)
    return jobs.exists()


def _open(message: PreviewMessage, size: int) -> None:
    try:
        with transaction.atomic():
            open_job(message, size=size)
    except IntegrityError:
        # Another request for the same preview has opened the job in between, and waits for the same answer.
        if not Job.objects.unscoped().filter(pk=message.job).exists():
            raise


def _answer_or_again(job: Job) -> PreviewResult | None:
    found = _answer(job)
    if found is None:
        with transaction.atomic():
            reopen(job)
    return found


def _answer(job: Job) -> PreviewResult | None:
    """The answer of a job that has ended; None where its object is gone, as it is for a job that was given up."""
    try:
        return PreviewResult.model_validate(storage().get_json(job.message["result_key"]))
    except ObjectAbsent:
        failed_lately = job.result and job.finished_at and job.finished_at > timezone.now() - AGAIN
        return PreviewResult.model_validate(job.result) if failed_lately else None


@transaction.atomic
def handle(job_id: UUID, result: AnyResult) -> bool:
    """End a preview's job. Returns False when it had ended before. The answer itself stays in S3."""
    job = lock_open(job_id)
    if job is None:
        return False
    close(job, result, keep_result=result.status == "failed")
    return True
