"""PROCESSED → FINALIZED: the revision becomes the one in force, and counts in the totals over all files from then on.

On the OAS worker, as reading and adding up what a file contributes takes longer than a webhook should. All of it is
one transaction: a file that is FINALIZED is counted, one that is not is not. Small files of an organisation that wait
at the same time are one transaction together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction

from glider.contract import ImporterResult, Module
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.kernel.storage import StorageError
from oas.tasks import send_on_commit
from salesfiles.choices import Task
from salesfiles.models import SalesFile
from salesfiles.services import batching
from salesfiles.status import Status
from totals.services import ledger
from totals.services.contributions import LedgerFile

log = structlog.get_logger(__name__)
ACTOR = "glider"
ACCEPTED = "accepted_after_review"
_ATTEMPTS = 5


@dataclass(frozen=True)
class Ready:
    """A file as it was read, and what of it is to be counted."""

    file: SalesFile
    job: Job
    change: ledger.Change

    @classmethod
    def of(cls, file: SalesFile) -> Ready:
        """Raises StorageError."""
        job = finished_job(file.pk, Module.IMPORTER, file.revision)
        return cls(file, job, ledger.prepare(ledger_file(file), job))

    def is_still(self, now: SalesFile) -> bool:
        return (now.status, now.revision) == (self.file.status, self.file.revision)


def ledger_file(file: SalesFile) -> LedgerFile:
    """What the ledger needs to know of `file`."""
    return LedgerFile(
        id=file.pk, uuid=file.uuid, filename=file.filename, organisation=file.organisation_id, batch=file.batch_id
    )


def finalise(file_id: int, *, actor: str = ACTOR, accepted: bool = False) -> bool:
    """False when there is nothing to do: somebody was first, or the numbers wait to be `accepted`.

    Others of its organisation that wait are finalised with it. May run twice, or at the same time as itself. Raises
    StorageError.
    """
    file = _waiting(file_id, accepted=accepted)
    if file is None:
        return False
    if accepted or not batching.is_small(file):
        return _alone(file, actor=actor, accepted=accepted)
    with batching.one_at_a_time(file.organisation_id):
        return _together(batching.companions_of(file), actor=actor)


def _waiting(file_id: int, *, accepted: bool) -> SalesFile | None:
    file = SalesFile.everything.filter(pk=file_id, deleted_at=None, status=Status.PROCESSED).first()
    return file if file is not None and (accepted or batching.waits(file)) else None


def _alone(file: SalesFile, *, actor: str, accepted: bool = False) -> bool:
    now: SalesFile | None = file
    for _ in range(_ATTEMPTS):
        if now is None:
            return False
        try:
            return _finalise([Ready.of(now)], actor=actor, cause=ACCEPTED if accepted else "")
        except ledger.Outdated:
            now = _waiting(file.pk, accepted=accepted)
    raise RuntimeError(f"What counts of sales file {file.pk} kept changing.")


def _together(files: Sequence[SalesFile], *, actor: str) -> bool:
    """What is wrong with one of them does not stop the first; the others come by themselves then."""
    if len(files) < 2:
        return bool(files) and _alone(files[0], actor=actor)
    try:
        return _finalise([Ready.of(files[0]), *_companions(files[1:])], actor=actor)
    except (OperationalError, StorageError, SoftTimeLimitExceeded):
        raise
    except Exception:
        log.warning("finalised_alone", file=files[0].pk, together=len(files), exc_info=True)
        return _alone(files[0], actor=actor)


def _companions(files: Sequence[SalesFile]) -> Iterator[Ready]:
    for file in files:
        try:
            yield Ready.of(file)
        except SoftTimeLimitExceeded:
            raise
        except Exception:  # its own task says what it is
            log.warning("companion_left_out", file=file.pk, exc_info=True)


@transaction.atomic
def _finalise(files: Sequence[Ready], *, actor: str, cause: str = "") -> bool:
    """The first, and those of the others that nobody else has in hand; False when the first is not as it was."""
    first, *others = files
    own = SalesFile.everything.select_for_update().filter(pk=first.file.pk, deleted_at=None).first()
    if own is None or not first.is_still(own):
        return False
    locked = [(own, first), *_locked(others)]
    ledger.apply([ready.change for _, ready in locked])
    for now, ready in locked:
        totals = totals_of(ImporterResult.model_validate(ready.job.result))
        now.move_to(Status.FINALIZED, actor=actor, cause=cause, live_revision=now.revision, **totals)
    send_on_commit(Task.ACTIVATE, [now.pk for now, _ in locked])
    return True


def _locked(others: Sequence[Ready]) -> list[tuple[SalesFile, Ready]]:
    """Whoever holds files waits for no other one: nobody waits in a circle."""
    known = {ready.file.pk: ready for ready in others}
    rows = SalesFile.everything.select_for_update(skip_locked=True).filter(pk__in=known, deleted_at=None)
    found = [(now, known[now.pk]) for now in rows.order_by("pk")] if known else []
    return [(now, ready) for now, ready in found if ready.is_still(now)]


def totals_of(result: ImporterResult) -> dict[str, Any]:
    return {
        "total_rows": result.total_rows,
        "total_artists": result.total_artists,
        "total_local": result.total_local,
    }
