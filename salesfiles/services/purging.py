"""Purging: remove what a superseded revision or a deleted sales file has in S3 and MongoDB. Idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from glider.contract import ImporterMessage, ImporterResult, Module
from jobs.choices import JobState
from jobs.models import Job
from jobs.services import leases
from jobs.services.outbox import cancel_jobs
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import storage
from oas.tasks import send_on_commit
from salesfiles.choices import Task
from salesfiles.models import SalesFile
from salesfiles.services.uploads import forget_multipart
from salesfiles.status import AT_REST


def purge_revision(file: SalesFile, revision: int) -> None:
    """Remove the documents and objects of `revision`. Raises StorageError, DocumentsError; a later call continues."""
    # Documents are deleted before the objects that they name, so that no reader is led to an object that is gone.
    snapshot = snapshot_id(file.uuid, revision)
    for collection in ("sales", "line_sketches", "snapshot_rows"):
        documents().delete(collection, {"snapshot": snapshot})
    documents().delete("snapshots", {"_id": snapshot})
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision=revision)
    storage().delete(*{key for job in jobs for key in _sales_keys(file, job)})
    storage().delete_folder(f"{object_keys.cleaned_folder(file.organisation_id, file.uuid)}r{revision}/")
    for job in jobs:
        storage().delete_folder(object_keys.job_folder(file.organisation_id, job.pk))


def _sales_keys(file: SalesFile, job: Job) -> Iterator[str]:
    """Yield the keys of every sales object and totals object that `job` may have written.

    They follow from its message, as an importer that was killed has left objects but no result.
    """
    if job.module != Module.IMPORTER:
        return
    yield object_keys.totals(file.organisation_id, file.uuid, job.revision or 0, job.pk)
    for period in ImporterMessage.model_validate(job.message).cleaning.periods:
        yield object_keys.sales(file.organisation_id, period, file.uuid, job.revision or 0, job.pk)
    if job.state == JobState.SUCCEEDED:
        # A result comes from another program: only keys of this very file are deleted.
        folder = object_keys.sales_folder(file.organisation_id)
        objects = ImporterResult.model_validate(job.result).parts
        yield from (each.key for each in objects if each.key.startswith(folder) and file.uuid in each.key)


def uploads_in_use(file: SalesFile) -> set[str]:
    """Return the keys of the uploads that the row names, or a message of its newest or live revision."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision__in=(file.revision, file.live_revision))
    return {file.raw_key, *jobs.exclude(message__raw_key=None).values_list("message__raw_key", flat=True)}


def purge_file(id: int) -> bool:
    """Remove everything that the deleted sales file `id` has, and its row last.

    Returns True if this call purged it, False if it is gone, is not deleted, or a cancelled job still runs. Raises
    StorageError, DocumentsError; a later call continues.
    """
    file = SalesFile.everything.filter(pk=id, deleted_at__isnull=False).first()
    # A worker that still runs a cancelled job would write objects after they were removed.
    if file is None or _is_worked_on(file):
        return False
    if file.upload_id:
        forget_multipart(file.raw_key, file.upload_id)
    for revision in range(1, file.revision + 1):
        purge_revision(file, revision)
    storage().delete_folder(object_keys.cleaned_folder(file.organisation_id, file.uuid))
    storage().delete_folder(object_keys.raw_folder(file.organisation_id, file.uuid))
    # With the uuid, as a new file may have this `mongo_db_id` by now.
    documents().delete("files", {"_id": file_id(file.organisation_id, file.mongo_db_id), "uuid": file.uuid})
    # The row goes last: until then the sweep finds the file and tries again.
    file.delete()
    return True


def mark_deleted(file: SalesFile, **condition: Any) -> bool:
    """Mark the row of `file` deleted, cancel its jobs, and have it purged after commit; returns whether it was marked.

    It is not while the file is being processed, nor where `condition` does not hold. The caller takes it off the ledger
    in the same transaction.
    """
    rows = SalesFile.objects.of(file.organisation_id).filter(pk=file.pk, status__in=AT_REST, **condition)
    if rows.update(deleted_at=timezone.now(), claim=None) != 1:
        return False
    cancel_jobs(file.pk)
    send_on_commit(Task.PURGE, file.pk)
    return True


def _is_worked_on(file: SalesFile) -> bool:
    """Return whether a worker holds the lease of one of the file's jobs. Raises RedisError."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file).values_list("pk", flat=True)
    return bool(leases.alive(list(jobs)))
