"""Jobs and files whose message, notification or worker was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Organisation
from jobs.models import Job
from oas.kernel.config import config
from salesfiles.models import SalesFile
from tests.jobs.queues import take_all
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    job_of,
)


def make_old(row: Job | SalesFile, *names: str) -> None:
    """As if it had been written before the time after which the sweep looks at it."""
    old = timezone.now() - timedelta(seconds=config().sweep_after + 1)
    rows: Any = type(row).everything
    rows.filter(pk=row.pk).update(**dict.fromkeys(names, old))


def lost_job(organisation: Organisation) -> tuple[SalesFile, Job]:
    """Published long ago, and gone from the queue."""
    file = cleaning_file(organisation)
    job = job_of(file)
    take_all()
    make_old(job, "published_at", "created_at")
    return file, job


def state_of(job: Job) -> tuple[str, int]:
    job.refresh_from_db()
    return job.state, job.attempts
