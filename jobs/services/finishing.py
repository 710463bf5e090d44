"""The end of a job: the webhook and the sweep hand its result to the app that opened it.

An app registers one handler for each module it opens jobs of. The handler owns the transaction: it locks its subject
(a sales file, a report), then the job with `lock_open`, ends it with `close`, and moves its subject on. Subjects are
locked before jobs everywhere, to avoid deadlocks.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from glider.contract import AnyResult, JobFinished, Module
from jobs.choices import JobState
from jobs.errors import StaleJob, UnknownJob
from jobs.models import Job
from jobs.services.dispatch import dispatch_beside
from jobs.services.results import read_result

Handler = Callable[[UUID, AnyResult], bool]
_HANDLERS: Final[dict[Module, Handler]] = {}


class Effect(StrEnum):
    """Whether a notification changed anything: REPEATED when its job had ended before."""

    APPLIED = "applied"
    REPEATED = "repeated"


def register(module: Module, handler: Handler) -> None:
    """Have `handler(job's id, its result)` called when a job of `module` has ended.

    It returns whether it applied the result, False when the job had ended already. It may be called twice, or at the
    same time as itself. It raises `StaleJob` when its subject does not wait for the job, `UnknownJob` when that is
    gone.
    """
    _HANDLERS[module] = handler


def notified(event: JobFinished) -> Effect:
    """Apply the result of the job that Glider reports as finished. The event is a hint: the result is what counts.

    Raises `UnknownJob`, `StaleJob`, `ResultMissing`.
    """
    job = Job.objects.unscoped().filter(pk=event.job, organisation=event.organisation or None).first()
    if job is None:
        raise UnknownJob("There is no such job.")
    return apply(job, read_result(job)) if job.is_open else _repeated(job)


def apply(job: Job, result: AnyResult) -> Effect:
    """Hand `result` to the handler of the job's module. Idempotent. Raises `StaleJob`, `UnknownJob`."""
    return Effect.APPLIED if _HANDLERS[Module(job.module)](job.pk, result) else Effect.REPEATED


def lock_open(id: UUID) -> Job | None:
    """The job, locked until the transaction ends; None when it has ended already. Raises `StaleJob`, `UnknownJob`."""
    try:
        job = Job.lock(id)
    except Job.DoesNotExist:
        raise UnknownJob("There is no such job.") from None
    if not job.is_open:
        _repeated(job)
        return None
    return job


def close(job: Job, result: AnyResult, *, keep_result: bool = True) -> None:
    """End a job that `lock_open` returned, and dispatch the next after commit.

    Nothing is dispatched when a job opened in the same transaction follows this one: it has taken over the place in
    the broker. `keep_result`: whether `result` is stored in the row.
    """
    state = JobState.FAILED if result.status == "failed" else JobState.SUCCEEDED
    job.close(state, result=result.model_dump(mode="json") if keep_result else None)
    transaction.on_commit(lambda: None if job.is_followed else dispatch_beside(job), robust=True)


def _repeated(job: Job) -> Effect:
    if job.state == JobState.CANCELLED:
        raise StaleJob("The job was cancelled.")
    return Effect.REPEATED
