"""After FINALIZED: the revision's sales become the live ones, and those of older revisions go."""

from __future__ import annotations

from glider.jobs import Module
from oas import keys
from oas.documents import documents, snapshot_id
from oas.storage import storage
from salesfiles.models import Job, SalesFile
from salesfiles.services.dropping import drop_revision
from salesfiles.services.jobs import finished_job
from salesfiles.status import Status


def settle(file_id: int) -> bool:
    """Run again until it says it did it: False when there was nothing to do.

    Older revisions go before the new one is marked live, so that no reader ever counts both.
    """
    file = SalesFile.everything.filter(pk=file_id, deleted_at=None).first()
    if file is None or file.live_revision is None or file.settled_revision == file.live_revision:
        return False
    live = file.live_revision
    for revision in _older_revisions(file, live):
        drop_revision(file, revision)
    _mark_live(file, live)
    if file.status == Status.FINALIZED:
        _drop_earlier_uploads(file)
    return SalesFile.everything.filter(pk=file_id, live_revision=live).update(settled_revision=live) == 1


def _older_revisions(file: SalesFile, live: int) -> list[int]:
    """Those since the last time, and that one itself."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision__lt=live)
    jobs = jobs.filter(revision__gte=file.settled_revision or 1)
    return sorted({job.revision or 0 for job in jobs})


def _mark_live(file: SalesFile, revision: int) -> None:
    job = str(finished_job(file, Module.IMPORTER, revision).pk)
    snapshot = snapshot_id(file.uuid, revision)
    documents().update_all("sales", {"snapshot": snapshot, "job": {"$ne": job}}, {"live": False})
    documents().update_all("sales", {"snapshot": snapshot, "job": job}, {"live": True})


def _drop_earlier_uploads(file: SalesFile) -> None:
    if file.revision == 1:  # content that is sent again makes another revision (`uploading.begin_upload`)
        return
    folder = keys.raw_folder(file.organisation_id, file.uuid)
    storage().delete(*[item.key for item in storage().list(folder) if item.key != file.raw_key])
