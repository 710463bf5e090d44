"""The sweep of jobs: it finds lost messages, lost notifications and lost workers, and carries their jobs on.

Two sweeps may run at the same time.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from glider.contract import AnyResult, Cause
from jobs.choices import OPEN_STATES, JobState
from jobs.errors import ResultMissing, StaleJob, UnknownJob
from jobs.models import Job
from jobs.services import finishing, leases
from jobs.services.broker import publish_job
from jobs.services.results import failure, read_result
from oas.kernel.config import config
from oas.sweeping import guarded, take

log = structlog.get_logger(__name__)


def sweep_jobs() -> None:
    """Sweep the jobs that were dispatched; of the others nothing can be lost. Raises RedisError."""
    open_jobs = Job.objects.unscoped().filter(state__in=OPEN_STATES, published_at__isnull=False)
    jobs = take(open_jobs, oldest="created_at")
    ids = [job.pk for job in jobs]
    # The queue is read before the leases: a message that is taken in between then shows as a lease, never as neither.
    waiting = leases.waiting(ids) if ids else frozenset()
    alive = leases.alive(ids)
    for job in jobs:
        guarded(_sweep_job, job, alive=job.pk in alive, waiting=job.pk in waiting)


def _sweep_job(job: Job, *, alive: bool, waiting: bool) -> None:
    if alive:
        _note_lease(job)
    elif _is_due(job) and not _has_ended(job) and not waiting:
        _publish_again(job)


def _note_lease(job: Job) -> None:
    until = timezone.now() + timedelta(seconds=config().lease_seconds)
    rows = Job.everything.filter(pk=job.pk, state__in=OPEN_STATES)
    rows.update(state=JobState.RUNNING, lease_until=until)


def _is_due(job: Job) -> bool:
    """Whether `job`, which has no lease, is to be looked after now."""
    # At once if it was seen running, as its worker is gone; if no worker has taken it yet, after a while.
    after = timedelta(seconds=config().sweep_after)
    return job.state == JobState.RUNNING or (job.published_at or job.created_at) <= timezone.now() - after


def _has_ended(job: Job) -> bool:
    """Whether the job left a result and only its notification was lost; the result is applied then."""
    try:
        result = read_result(job)
    except ResultMissing:
        return False
    _apply(job, result)
    return True


def _apply(job: Job, result: AnyResult) -> None:
    """Apply `result`, or close a job that its subject does not wait for, or whose subject is gone."""
    try:
        finishing.apply(job, result)
    except (StaleJob, UnknownJob):
        job.close(JobState.CANCELLED)


def _publish_again(job: Job) -> None:
    if job.attempts >= config().job_attempts:
        text = f"The {job.module} module did not finish in {job.attempts} attempts. Start it again."
        _apply(job, failure(job, text, cause=Cause.LEASE_EXPIRED))
        return
    same = Job.everything.filter(pk=job.pk, state=job.state, attempts=job.attempts)
    again = {"attempts": F("attempts") + 1, "state": JobState.QUEUED, "published_at": timezone.now()}
    # Another sweep may have been first: only the one that counts the attempt publishes.
    if same.update(**again, lease_until=None) == 1:
        log.warning("job_published_again", job=str(job.pk), module=job.module, attempts=job.attempts + 1)
        publish_job(job)
