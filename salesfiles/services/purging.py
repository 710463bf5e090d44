"""What a revision of a sales file has left in S3 and MongoDB, and how it is taken away again (idempotent)."""

from __future__ import annotations

from collections.abc import Iterator

from glider.contract import ImporterMessage, ImporterResult, Module
from jobs.choices import JobState
from jobs.models import Job
from jobs.services import leases
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.uploads import forget_multipart


def purge_revision(file: SalesFile, revision: int) -> None:
    """Documents first: what they name goes only when nothing names it any more."""
    snapshot = snapshot_id(file.uuid, revision)
    for collection in ("sales", "snapshot_rows"):
        documents().delete(collection, {"snapshot": snapshot})
    documents().delete("snapshots", {"_id": snapshot})
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision=revision)
    storage().delete(*{key for job in jobs for key in _sales_keys(file, job)})
    storage().delete_folder(f"{object_keys.cleaned_folder(file.organisation_id, file.uuid)}r{revision}/")
    for job in jobs:
        storage().delete_folder(object_keys.job_folder(file.organisation_id, job.pk))


def _sales_keys(file: SalesFile, job: Job) -> Iterator[str]:
    """Where an importer's Parquet may be, whether or not it came to say so."""
    if job.module != Module.IMPORTER:
        return
    yield object_keys.totals(file.organisation_id, file.uuid, job.revision or 0, job.pk)
    for period in ImporterMessage.model_validate(job.message).cleaning.periods:
        yield object_keys.sales(file.organisation_id, period, file.uuid, job.revision or 0, job.pk)
    if job.state == JobState.SUCCEEDED:
        folder = object_keys.sales_folder(file.organisation_id)
        parts = ImporterResult.model_validate(job.result).parts
        yield from (part.key for part in parts if part.key.startswith(folder) and file.uuid in part.key)


def erase(id: int) -> bool:
    """Take away what a deleted file has left; False when it has to wait (a cancelled job still runs) or is gone."""
    file = SalesFile.everything.filter(pk=id, deleted_at__isnull=False).first()
    if file is None or _is_worked_on(file):
        return False
    if file.upload_id:
        forget_multipart(file.raw_key, file.upload_id)
    for revision in range(1, file.revision + 1):
        purge_revision(file, revision)
    storage().delete_folder(object_keys.cleaned_folder(file.organisation_id, file.uuid))
    storage().delete_folder(object_keys.raw_folder(file.organisation_id, file.uuid))
    documents().delete("files", {"_id": file_id(file.organisation_id, file.mongo_db_id), "uuid": file.uuid})
    file.delete()
    return True


def _is_worked_on(file: SalesFile) -> bool:
    jobs = Job.objects.of(file.organisation_id).filter(file=file).values_list("pk", flat=True)
    return bool(leases.alive(list(jobs)))
