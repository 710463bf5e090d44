"""The sweep: whatever was lost on the way (a message, a bell, a worker) is found and carried on.

It may run twice at once. Rows are taken in the order in which they were last looked at, a limited number each time,
and one that cannot be handled does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from oas.kernel.config import config
from oas.sweeping import guarded, take
from salesfiles.errors import ResultMissing, StaleJob, UnknownJob
from salesfiles.models import OPEN_STATES, Job, JobState, SalesFile
from salesfiles.services import callbacks, live
from salesfiles.services.activation import settle
from salesfiles.services.batching import CONTROL_TOTALS
from salesfiles.services.deleting import erase
from salesfiles.services.finalising import finalise
from salesfiles.services.jobs import start_cleaning, start_importer
from salesfiles.services.processing import clean
from salesfiles.services.publishing import publish_job
from salesfiles.services.results import failure, read_result
from salesfiles.services.turns import give_all_turns
from salesfiles.status import Status

log = structlog.get_logger(__name__)
ACTOR = "sweep"


def sweep() -> None:
    """One round over jobs and files. Raises RedisError: without leases nobody can tell what is lost."""
    sweep_jobs()
    sweep_files()
    give_all_turns()


# --- jobs ---


def sweep_jobs() -> None:
    """Of the jobs that had their turn; the others wait, and nothing of theirs can be lost."""
    open_jobs = Job.objects.unscoped().filter(state__in=OPEN_STATES, file__deleted_at=None, published_at__isnull=False)
    jobs = take(open_jobs, oldest="created_at")
    ids = [job.pk for job in jobs]
    waiting = live.waiting(ids) if ids else frozenset()  # before the leases: a message taken in between shows as one
    alive = live.alive(ids)
    for job in jobs:
        guarded(_sweep_job, job, alive=job.pk in alive, waiting=job.pk in waiting)


def _sweep_job(job: Job, *, alive: bool, waiting: bool) -> None:
    if alive:
        _note_lease(job)
    elif _is_due(job) and not _answered(job) and not waiting:
        _publish_again(job)


def _note_lease(job: Job) -> None:
    until = timezone.now() + timedelta(seconds=config().lease_seconds)
    rows = Job.everything.filter(pk=job.pk, state__in=OPEN_STATES)
    rows.update(state=JobState.RUNNING, lease_until=until)


def _is_due(job: Job) -> bool:
    """A job that was seen running and has no lease any more is due at once; one nobody picked up, after a while."""
    after = timedelta(seconds=config().sweep_after)
    return job.state == JobState.RUNNING or (job.published_at or job.created_at) <= timezone.now() - after


def _answered(job: Job) -> bool:
    """Whether the job had ended and only its bell was lost; its result is applied then."""
    try:
        callbacks.apply(job.pk, read_result(job))
    except ResultMissing:
        return False
    except (StaleJob, UnknownJob):
        job.close(JobState.CANCELLED)
    return True


def _publish_again(job: Job) -> None:
    if job.attempts >= config().job_attempts:
        _give_up(job)
        return
    same = Job.everything.filter(pk=job.pk, state=job.state, attempts=job.attempts)
    again = {"attempts": F("attempts") + 1, "state": JobState.QUEUED, "published_at": timezone.now()}
    if same.update(**again, lease_until=None) == 1:  # another sweep may have been first
        log.warning("job_published_again", job=str(job.pk), module=job.module, attempts=job.attempts + 1)
        publish_job(job)


@transaction.atomic
def _give_up(job: Job) -> None:
    """Nobody finishes it, however often it is given out."""
    text = f"The {job.module} module did not finish in {job.attempts} attempts. Start it again."
    if job.file_id is None:
        callbacks.apply(job.pk, failure(job, text))
        return
    file = SalesFile.lock(job.file_id)
    if job.close(JobState.FAILED) and file.current_job_id == job.pk:
        callbacks.fail(file, cause="lease_expired", message=text, actor=ACTOR)


# --- files ---


def sweep_files() -> None:
    for files, what in ((_stuck(), _carry_on), (_unsettled(), _settle), (_deleted(), _erase)):
        for file in take(files, oldest="updated_at"):
            guarded(what, file)


def _stuck() -> models.QuerySet[SalesFile]:
    """Files between two modules for which nothing is under way."""
    old = timezone.now() - timedelta(seconds=config().sweep_after)
    between = Q(status__in=[Status.UPLOADED, Status.CLEANED, Status.REIMPORT])
    between |= Q(status=Status.PROCESSED) & ~Q(status_cause=CONTROL_TOTALS)
    return SalesFile.objects.unscoped().filter(between, deleted_at=None, updated_at__lte=old)


def _carry_on(file: SalesFile) -> None:
    steps: dict[str, Callable[[], object]] = {
        Status.UPLOADED: lambda: clean(file=file, actor=ACTOR),
        Status.REIMPORT: lambda: start_cleaning(file, actor=ACTOR),
        Status.CLEANED: lambda: start_importer(file, actor=ACTOR),
        Status.PROCESSED: lambda: _finalise(file),
    }
    steps[file.status]()


def _finalise(file: SalesFile) -> None:
    finalise(file.pk, actor=ACTOR)


def _unsettled() -> models.QuerySet[SalesFile]:
    unsettled = Q(settled_revision=None) | ~Q(settled_revision=F("live_revision"))
    return SalesFile.objects.unscoped().filter(unsettled, live_revision__isnull=False, deleted_at=None)


def _settle(file: SalesFile) -> None:
    settle(file.pk)


def _deleted() -> models.QuerySet[SalesFile]:
    return SalesFile.objects.unscoped().filter(deleted_at__isnull=False)


def _erase(file: SalesFile) -> None:
    erase(file.pk)
