"""The outbox: a job is written in one transaction with its subject, and dispatched after commit."""

from __future__ import annotations

import structlog
from django.utils import timezone

from glider.contract import AnyMessage, Module
from jobs.choices import OPEN_STATES, JobState
from jobs.models import Job
from jobs.services.dispatch import dispatch_on_commit, may_follow, publish_on_commit
from oas.kernel.config import config

_TRACED = ("request_id",)


def open_job(message: AnyMessage, *, size: int = 0, follows: Job | None = None) -> Job:
    """Write the job that `message` describes, and dispatch it after commit.

    `size`: bytes of the content it works on; from `OAS_HEAVY_BYTES` on the job is large. `follows`: the job that was
    closed in this transaction and whose work goes on with this one; a small job takes over its place in the broker.
    Must be called in a transaction.
    """
    # A report is about no sales file.
    source = getattr(message, "file", None)
    job = Job(
        pk=message.job,
        organisation_id=message.organisation or None,
        file_id=source.id or None if source else None,
        module=message.module.value,
        revision=source.revision if source else None,
        message=message.model_dump(mode="json"),
        large=size >= config().heavy_bytes,
    )
    if follows is not None and may_follow(job, follows):
        follows.is_followed = True
        job.published_at = timezone.now()
        publish_on_commit(job)
    else:
        dispatch_on_commit(job)
    job.save(force_insert=True)
    return job


def reopen(job: Job) -> bool:
    """Queue `job`, which has ended, again with the same message. Returns False when another process was first.

    For jobs whose result may be lost without harm, like a preview. Must be called in a transaction.
    """
    ended = Job.everything.filter(pk=job.pk, finished_at=job.finished_at).exclude(state__in=OPEN_STATES)
    again = {"state": JobState.QUEUED, "attempts": 1, "published_at": None, "lease_until": None, "finished_at": None}
    if ended.update(**again, result=None, swept_at=None, created_at=timezone.now()) != 1:
        return False
    dispatch_on_commit(job)
    return True


def finished_job(file: int, module: Module, revision: int) -> Job:
    """The newest job of `module` that succeeded for this revision of the sales file. Raises DoesNotExist."""
    jobs = Job.objects.unscoped().filter(file=file, revision=revision, module=module.value)
    return jobs.filter(state=JobState.SUCCEEDED).latest("created_at")


def cancel(job: Job) -> None:
    """Close `job` without a result, and dispatch the next after commit. What a worker still writes is garbage."""
    if job.close(JobState.CANCELLED):
        dispatch_on_commit(job)


def cancel_jobs(file: int) -> None:
    """Cancel the open jobs of a sales file."""
    for job in Job.objects.unscoped().filter(file=file, state__in=OPEN_STATES):
        cancel(job)


def new_trace() -> dict[str, str]:
    """The ids of the current request, which the worker repeats in its logs."""
    context = structlog.contextvars.get_contextvars()
    return {name: str(context[name]) for name in _TRACED if name in context}
