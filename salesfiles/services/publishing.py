"""The way of a job to Glider's queue."""

from __future__ import annotations

from glider.contract import QUEUE, TASK
from oas.tasks import send
from salesfiles.models import Job


def publish_job(job: Job) -> bool:
    """Send the message of `job` to Glider. Returns whether the broker took it."""
    return send(TASK, job.message, queue=QUEUE, task_id=str(job.pk))
