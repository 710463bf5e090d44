"""Activation: after FINALIZED, the sales of the live revision are marked live and superseded revisions are purged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction

from glider.contract import Module
from jobs.choices import JobState
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.kernel import object_keys
from oas.kernel.documents import Document, documents, sales_id, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.purging import purge_revision, uploads_in_use
from salesfiles.status import Status


def activate(file_id: int) -> bool:
    """Activate the live revision of the sales file `file_id`.

    Idempotent. Returns True if this call activated the revision, False if there was nothing to do or a newer revision
    became live meanwhile. Raises StorageError, DocumentsError; a later call continues where this one stopped.
    """
    file = SalesFile.everything.filter(pk=file_id, deleted_at=None).first()
    if file is None or file.live_revision is None or file.activated_revision == file.live_revision:
        return False
    live = file.live_revision
    # The new revision is marked before superseded ones are purged, so that a reader always finds one whole revision.
    # It never counts both: of several the newest that is marked whole counts (`glider.reporting.select`).
    _mark_live(file, live)
    for revision in _superseded_revisions(file, live):
        purge_revision(file, revision)
    _purge_earlier_uploads(file.pk)
    # Only if no newer revision became live meanwhile; that one needs an activation of its own.
    return SalesFile.everything.filter(pk=file_id, live_revision=live).update(activated_revision=live) == 1


def activate_all(file_ids: Collection[int]) -> None:
    """Activate the live revision of each file.

    Files that have only ever had one import have nothing to purge: all of them are activated together, in three
    statements.
    """
    new = _first_imports(file_ids)
    _activate_first_imports(new)
    for file_id in set(file_ids) - set(new):
        activate(file_id)


def _first_imports(file_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Map the id of each file that has only ever had one import to its documents in `sales`: period → id."""
    first = {"deleted_at": None, "revision": 1, "live_revision": 1, "activated_revision": None}
    files = SalesFile.objects.unscoped().filter(pk__in=file_ids, status=Status.FINALIZED, **first)
    snapshots = {file: snapshot_id(uuid, 1) for file, uuid in files.values_list("pk", "uuid")}
    return {
        file: {each["period"]: sales_id(snapshots[file], str(job), each["period"]) for each in sales_objects}
        for file, (job, sales_objects) in _only_imports(snapshots).items()
    }


def _only_imports(files: Collection[int]) -> dict[Any, tuple[UUID, list[dict[str, Any]]]]:
    """Map each file whose only importer job succeeded to that job's id and the sales objects that it wrote.

    A file with a second importer job, even a cancelled one, is left out: that job may have left documents as well.
    """
    jobs = Job.objects.unscoped().filter(file__in=files, module=Module.IMPORTER.value).order_by()
    rows = list(jobs.values_list("file_id", "state", "pk", "result__parts"))
    count = Counter(file for file, *_ in rows)
    return {
        file: (job, sales_objects)
        for file, state, job, sales_objects in rows
        if count[file] == 1 and state == JobState.SUCCEEDED
    }


def _activate_first_imports(new: dict[int, dict[str, str]]) -> None:
    # Files of the same months are marked together. By their ids, as the embedded server reads the whole collection for
    # any other field: 1.3 ms a file, not 28.
    by_periods: dict[tuple[str, ...], list[str]] = {}
    for found in new.values():
        by_periods.setdefault(tuple(sorted(found)), []).extend(found.values())
    for periods, ids in by_periods.items():
        documents().update_all("sales", ids, _marks(periods))
    SalesFile.everything.filter(pk__in=new, live_revision=1).update(activated_revision=1)


def _superseded_revisions(file: SalesFile, live: int) -> list[int]:
    """Return the revisions before `live`, from the one activated last on; earlier ones are purged already."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision__lt=live)
    jobs = jobs.filter(revision__gte=file.activated_revision or 1)
    return sorted({job.revision or 0 for job in jobs})


def _mark_live(file: SalesFile, revision: int) -> None:
    """Mark the sales of the job that was counted live, and those of other runs of the same revision not live."""
    job = str(finished_job(file.pk, Module.IMPORTER, revision).pk)
    found = list(documents().find("sales", {"snapshot": snapshot_id(file.uuid, revision)}))
    own = [each["_id"] for each in found if each["job"] == job]
    documents().update_all("sales", [each["_id"] for each in found if each["job"] != job], {"live": False})
    documents().update_all("sales", own, _marks([each["period"] for each in found if each["job"] == job]))


def _marks(periods: Collection[str]) -> Document:
    """The fields that make documents in `sales` live; `periods` are those of all documents of their revision.

    Whoever finds only some of them, because this process died in between, knows by these which are missing.
    """
    return {"live": True, "live_objects": len(periods), "live_periods": sorted(periods)}


@transaction.atomic
def _purge_earlier_uploads(file_id: int) -> None:
    # Under the lock and from the row as it is now: an upload that begins meanwhile waits, and gets its key afterwards.
    file = SalesFile.everything.select_for_update(of=("self",)).filter(pk=file_id, deleted_at=None).first()
    # Content that is sent again begins another revision (`uploads.begin_upload`), so the first has no earlier upload.
    # While another revision is under way, `raw_key` may be its upload, and the live one is made from an earlier upload.
    if file is None or file.revision == 1 or file.status != Status.FINALIZED:
        return
    folder = object_keys.raw_folder(file.organisation_id, file.uuid)
    used = uploads_in_use(file)
    storage().delete(*[item.key for item in storage().list(folder) if item.key not in used])
