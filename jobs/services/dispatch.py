"""Dispatch: which jobs go to the broker now, and which wait in the database.

The broker is one queue for all, first come, first served. So that no organisation waits for all that another one has
sent, each has only so many jobs in the broker at a time, and large files, of all organisations together, take only so
many of Glider's workers. A job that ends makes room for the next; the sweep repeats dispatches that were lost with
their process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from jobs.choices import JobState
from jobs.models import Job
from jobs.services import leases
from jobs.services.broker import publish_job
from oas.kernel.config import config
from oas.transactions import advisory_lock

_OPEN: Final = "state IN ('QUEUED', 'RUNNING')"
_WAITING: Final = "state = 'QUEUED' AND published_at IS NULL"
# A file that is begun is finished first; a preview is short, and a person waits for it.
_RANK: Final = "CASE module WHEN 'importer' THEN 0 WHEN 'preview' THEN 1 ELSE 2 END"

# The organisations whose jobs are dispatched at the end of the block `dispatched_together`.
_LATER: ContextVar[set[int | None] | None] = ContextVar("dispatch_later", default=None)

_OF_ORGANISATION: Final = f"""
UPDATE jobs_job SET published_at = %(now)s WHERE id IN (
    SELECT id FROM jobs_job
    WHERE organisation_id IS NOT DISTINCT FROM %(organisation)s AND NOT large AND {_WAITING}
    ORDER BY {_RANK}, created_at
    LIMIT GREATEST(0, %(most)s - (
        SELECT count(*) FROM jobs_job
        WHERE organisation_id IS NOT DISTINCT FROM %(organisation)s AND NOT large AND {_OPEN}
          AND published_at IS NOT NULL))
) RETURNING *
"""
# The organisation with the fewest in the broker is next, of equals the one whose last dispatch is longest ago.
_LARGE: Final = f"""
UPDATE jobs_job SET published_at = %(now)s WHERE id IN (
    SELECT waiting.id FROM jobs_job AS waiting
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE {_OPEN}) AS number, max(published_at) AS last FROM jobs_job AS taken
        WHERE taken.organisation_id = waiting.organisation_id AND taken.large AND taken.published_at IS NOT NULL
    ) AS taken
    WHERE waiting.large AND waiting.state = 'QUEUED' AND waiting.published_at IS NULL
    ORDER BY taken.number + row_number() OVER (
                 PARTITION BY waiting.organisation_id ORDER BY waiting.module <> 'importer', waiting.created_at),
             taken.last NULLS FIRST, waiting.created_at
    LIMIT GREATEST(0, %(most)s - (
        SELECT count(*) FROM jobs_job WHERE large AND {_OPEN} AND published_at IS NOT NULL))
) RETURNING *
"""


def dispatch_on_commit(job: Job) -> None:
    """Dispatch waiting jobs after commit, because `job` was opened or closed."""
    transaction.on_commit(partial(dispatch_beside, job), robust=True)


def dispatch_beside(job: Job) -> None:
    """Dispatch where the opening or closing of `job` may have changed what there is room for."""
    if job.large:
        dispatch_large()
    else:
        dispatch(job.organisation_id)


def may_follow(job: Job, ended: Job) -> bool:
    """Whether `job`, the next of the same file, may take over the place in the broker that `ended` leaves."""
    # Of small files no other job would be dispatched before it (see `_RANK`), and no organisation gets less. Of large
    # ones that of another organisation may be next.
    return not job.large and not ended.large and ended.published_at is not None


def publish_on_commit(job: Job) -> None:
    """Publish `job`, whose `published_at` is set, after commit: it needs no dispatch."""
    transaction.on_commit(lambda: _publish([job]), robust=True)


@contextmanager
def dispatched_together() -> Iterator[None]:
    """Dispatch the jobs of each organisation once, at the end of the block, however many were opened in it."""
    organisations: set[int | None] = set()
    token = _LATER.set(organisations)
    try:
        yield
    finally:
        _LATER.reset(token)
        for organisation in organisations:
            transaction.on_commit(partial(dispatch, organisation), robust=True)


def dispatch(organisation: int | None) -> None:
    """Publish as many waiting small jobs of `organisation` as it has room for. Idempotent."""
    if (later := _LATER.get()) is not None:
        later.add(organisation)
        return
    most = config().organisation_jobs
    _publish(_claim(_OF_ORGANISATION, str(organisation), organisation=organisation, most=most))


def dispatch_large() -> None:
    """Publish as many waiting large jobs, of all organisations, as there is room for. Idempotent."""
    _publish(_claim(_LARGE, "large jobs", most=_room_for_large()))


def _room_for_large() -> int:
    # One worker stays free for small files, unless there is only one.
    configured = config().heavy_jobs
    return max(1, leases.workers() - 1) if configured is None else configured


def dispatch_all() -> None:
    """Dispatch for every organisation that has jobs waiting: for the sweep, as a dispatch may have been lost."""
    waiting = Job.objects.unscoped().filter(state=JobState.QUEUED, published_at=None)
    for organisation in waiting.filter(large=False).order_by().values_list("organisation_id", flat=True).distinct():
        dispatch(organisation)
    if waiting.filter(large=True).exists():
        dispatch_large()


@transaction.atomic
def _claim(statement: str, lock: str, **values: Any) -> list[Job]:
    # Only one process at a time may count what is in the broker and add to it.
    advisory_lock("dispatch", lock)
    jobs = Job.everything.raw(statement, {**values, "now": timezone.now()})
    return sorted(jobs, key=lambda job: (job.module != "importer", job.module != "preview", job.created_at))


def _publish(jobs: list[Job]) -> None:
    for job in jobs:
        # A job that the broker does not take waits again, for the sweep.
        if not publish_job(job):
            Job.everything.filter(pk=job.pk, state=JobState.QUEUED).update(published_at=None)
