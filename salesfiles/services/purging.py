"""What a revision of a sales file has left in S3 and MongoDB, and how it is taken away again (idempotent)."""

from __future__ import annotations

from collections.abc import Iterator

from glider.contract import ImporterMessage, ImporterResult, Module
from oas.kernel import object_keys
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import Job, JobState, SalesFile


def drop_revision(file: SalesFile, revision: int) -> None:
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
