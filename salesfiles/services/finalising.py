"""PROCESSED → FINALIZED: the revision becomes the one in force, and counts in the totals over all files from then on.

On the OAS worker, as reading and adding up what a file contributes takes longer than a webhook should. All of it is
one transaction: a file that is FINALIZED is counted, one that is not is not.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from glider.jobs import ImporterResult, Module
from salesfiles.models import Job, SalesFile
from salesfiles.services import counting
from salesfiles.services.jobs import finished_job
from salesfiles.services.publishing import SETTLE, publish_task_on_commit
from salesfiles.status import Status

ACTOR = "glider"
CONTROL_TOTALS = "control_totals"
ACCEPTED = "accepted_after_review"
_ATTEMPTS = 5


def finalise(file_id: int, *, actor: str = ACTOR, accepted: bool = False) -> bool:
    """False when there is nothing to do: somebody was first, or the numbers wait to be `accepted`.

    May run twice, or at the same time as itself. Raises StorageError.
    """
    for _ in range(_ATTEMPTS):
        file = SalesFile.everything.filter(pk=file_id, deleted_at=None, status=Status.PROCESSED).first()
        if file is None or not (accepted or _ties(file)):
            return False
        job = finished_job(file, Module.IMPORTER)
        apply = counting.prepared(file, job)
        try:
            return _finalise(file, job, apply, actor=actor, cause=ACCEPTED if accepted else "")
        except counting.Outdated:
            continue
    raise RuntimeError(f"What counts of sales file {file_id} kept changing.")


def _ties(file: SalesFile) -> bool:
    return file.status_cause != CONTROL_TOTALS and all(check["tied"] for check in file.checks)


@transaction.atomic
def _finalise(file: SalesFile, job: Job, apply: counting.Apply, *, actor: str, cause: str) -> bool:
    now = SalesFile.everything.select_for_update().filter(pk=file.pk, deleted_at=None).first()
    if now is None or (now.status, now.revision) != (file.status, file.revision):
        return False
    apply(now)
    totals = totals_of(ImporterResult.model_validate(job.result))
    now.move_to(Status.FINALIZED, actor=actor, cause=cause, live_revision=now.revision, **totals)
    publish_task_on_commit(SETTLE, now.pk)
    return True


def totals_of(result: ImporterResult) -> dict[str, Any]:
    return {
        "total_rows": result.total_rows,
        "total_artists": result.total_artists,
        "total_local": result.total_local,
    }
