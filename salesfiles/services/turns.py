"""Whose turn it is: which jobs are handed to the broker, and which wait in the database.

The broker is one queue for all, first come, first served. So that no organisation waits behind all that another has
sent, each has only so many jobs in it at a time, and large files, of whomever, take so many of Glider's workers and no
more. A job that ends makes room for the next; what is lost on the way (a process that died) the sweep makes good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from oas.kernel.config import config
from salesfiles.models import Job, JobState
from salesfiles.services import live
from salesfiles.services.publishing import publish_job

# One at a time may count what is in the broker and add to it.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('turns of ' || %s, 0))"
_OPEN: Final = "state IN ('QUEUED', 'RUNNING')"
_WAITING: Final = "state = 'QUEUED' AND published_at IS NULL"

_LATER: ContextVar[set[int] | None] = ContextVar("turns_later", default=None)  # organisations

# A file that is begun is finished first.
_OF_ORGANISATION: Final = f"""
UPDATE salesfiles_job SET published_at = %(now)s WHERE id IN (
    SELECT id FROM salesfiles_job
    WHERE organisation_id = %(organisation)s AND NOT heavy AND {_WAITING}
    ORDER BY module <> 'importer', created_at
    LIMIT GREATEST(0, %(most)s - (
        SELECT count(*) FROM salesfiles_job
        WHERE organisation_id = %(organisation)s AND NOT heavy AND {_OPEN} AND published_at IS NOT NULL))
) RETURNING *
"""
# The organisation with the fewest in the broker is next, of equals the one that waited longest for its last turn.
_HEAVY: Final = f"""
UPDATE salesfiles_job SET published_at = %(now)s WHERE id IN (
    SELECT waiting.id FROM salesfiles_job AS waiting
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE {_OPEN}) AS number, max(published_at) AS last FROM salesfiles_job AS taken
        WHERE taken.organisation_id = waiting.organisation_id AND taken.heavy AND taken.published_at IS NOT NULL
    ) AS taken
    WHERE waiting.heavy AND waiting.state = 'QUEUED' AND waiting.published_at IS NULL
    ORDER BY taken.number + row_number() OVER (
                 PARTITION BY waiting.organisation_id ORDER BY waiting.module <> 'importer', waiting.created_at),
             taken.last NULLS FIRST, waiting.created_at
    LIMIT GREATEST(0, %(most)s - (
        SELECT count(*) FROM salesfiles_job WHERE heavy AND {_OPEN} AND published_at IS NOT NULL))
) RETURNING *
"""


def give_turns_on_commit(job: Job) -> None:
    """`job` has come, or has ended: see who is next."""
    if job.heavy:
        transaction.on_commit(give_heavy_turns, robust=True)
    else:
        transaction.on_commit(lambda: give_turns(job.organisation_id), robust=True)


def may_take_over(job: Job, ended: Job) -> bool:
    """Whether `job`, the next of the same file, may have the place of the one that has just ended: nobody's turn comes
    before it, and nobody else gets less. Not for large files, of which other organisations may be next."""
    return not job.heavy and not ended.heavy and ended.published_at is not None


def take_over_on_commit(job: Job) -> None:
    """`job`, which has its `published_at`, goes to the broker without waiting for a turn."""
    transaction.on_commit(lambda: _publish([job]), robust=True)


@contextmanager
def given_together() -> Iterator[None]:
    """Turns that come to be given meanwhile are given once, in the end."""
    organisations: set[int] = set()
    token = _LATER.set(organisations)
    try:
        yield
    finally:
        _LATER.reset(token)
        for organisation in organisations:
            transaction.on_commit(partial(give_turns, organisation), robust=True)


def give_turns(organisation: int) -> None:
    """Hand over what the organisation has room for."""
    if (later := _LATER.get()) is not None:
        later.add(organisation)
        return
    most = config().organisation_jobs
    _publish(_claimed(_OF_ORGANISATION, str(organisation), organisation=organisation, most=most))


def give_heavy_turns() -> None:
    _publish(_claimed(_HEAVY, "heavy jobs", most=_heavy_room()))


def _heavy_room() -> int:
    """One worker is kept free for small files, unless there is only one."""
    set_by_hand = config().heavy_jobs
    return max(1, live.workers() - 1) if set_by_hand is None else set_by_hand


def give_all_turns() -> None:
    """What the sweep does: whoever waits, and nobody saw that there is room."""
    waiting = Job.objects.unscoped().filter(state=JobState.QUEUED, published_at=None)
    for organisation in waiting.filter(heavy=False).order_by().values_list("organisation_id", flat=True).distinct():
        give_turns(organisation)
    if waiting.filter(heavy=True).exists():
        give_heavy_turns()


@transaction.atomic
def _claimed(statement: str, lock: str, **values: Any) -> list[Job]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [lock])
    jobs = Job.everything.raw(statement, {**values, "now": timezone.now()})
    return sorted(jobs, key=lambda job: (job.module != "importer", job.created_at))


def _publish(jobs: list[Job]) -> None:
    """What the broker does not take waits again, for the sweep."""
    for job in jobs:
        if not publish_job(job):
            Job.everything.filter(pk=job.pk, state=JobState.QUEUED).update(published_at=None)
