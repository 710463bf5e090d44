"""After FINALIZED: the revision's sales become the live ones, and those of older revisions go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import chain
from typing import Any
from uuid import UUID

from glider.contract import Module
from jobs.choices import JobState
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.kernel import object_keys
from oas.kernel.documents import documents, sales_id, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.purging import purge_revision
from salesfiles.status import Status


def activate(file_id: int) -> bool:
    """Run again until it says it did it: False when there was nothing to do.

    Older revisions go before the new one is marked live, so that no reader ever counts both.
    """
    file = SalesFile.everything.filter(pk=file_id, deleted_at=None).first()
    if file is None or file.live_revision is None or file.activated_revision == file.live_revision:
        return False
    live = file.live_revision
    for revision in _older_revisions(file, live):
        purge_revision(file, revision)
    _mark_live(file, live)
    if file.status == Status.FINALIZED:
        _drop_earlier_uploads(file)
    return SalesFile.everything.filter(pk=file_id, live_revision=live).update(activated_revision=live) == 1


def activate_all(file_ids: Collection[int]) -> None:
    """`settle` for each; those that have nothing but their first revision are settled together."""
    new = _new(file_ids)
    _activate_new(new)
    for file_id in set(file_ids) - set(new):
        activate(file_id)


def _new(file_ids: Collection[int]) -> dict[int, list[str]]:
    """By sales file: the ids of its sales, where there are none but those of its first revision's one job."""
    first = {"deleted_at": None, "revision": 1, "live_revision": 1, "activated_revision": None}
    files = SalesFile.objects.unscoped().filter(pk__in=file_ids, status=Status.FINALIZED, **first)
    snapshots = {file: snapshot_id(uuid, 1) for file, uuid in files.values_list("pk", "uuid")}
    return {
        file: [sales_id(snapshots[file], str(job), part["period"]) for part in parts]
        for file, (job, parts) in _only_imports(snapshots).items()
    }


def _only_imports(files: Collection[int]) -> dict[Any, tuple[UUID, list[dict[str, Any]]]]:
    """By sales file: the importer's job, which succeeded, and the parts that it wrote; not where there are several."""
    jobs = Job.objects.unscoped().filter(file__in=files, module=Module.IMPORTER.value).order_by()
    rows = list(jobs.values_list("file_id", "state", "pk", "result__parts"))
    count = Counter(file for file, *_ in rows)
    return {file: (job, parts) for file, state, job, parts in rows if count[file] == 1 and state == JobState.SUCCEEDED}


def _activate_new(new: dict[int, list[str]]) -> None:
    documents().update_all("sales", list(chain.from_iterable(new.values())), {"live": True})
    SalesFile.everything.filter(pk__in=new, live_revision=1).update(activated_revision=1)


def _older_revisions(file: SalesFile, live: int) -> list[int]:
    """Those since the last time, and that one itself."""
    jobs = Job.objects.of(file.organisation_id).filter(file=file, revision__lt=live)
    jobs = jobs.filter(revision__gte=file.activated_revision or 1)
    return sorted({job.revision or 0 for job in jobs})


def _mark_live(file: SalesFile, revision: int) -> None:
    job = str(finished_job(file.pk, Module.IMPORTER, revision).pk)
    found = list(documents().find("sales", {"snapshot": snapshot_id(file.uuid, revision)}))
    for live in (False, True):
        documents().update_all("sales", [each["_id"] for each in found if (each["job"] == job) is live], {"live": live})


def _drop_earlier_uploads(file: SalesFile) -> None:
    if file.revision == 1:  # content that is sent again makes another revision (`uploading.begin_upload`)
        return
    folder = object_keys.raw_folder(file.organisation_id, file.uuid)
    storage().delete(*[item.key for item in storage().list(folder) if item.key != file.raw_key])
