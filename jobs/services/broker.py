"""The last step to Glider: the message of a job goes on its queue. No other app puts one there."""

from __future__ import annotations

from glider.contract import QUEUE, TASK
from jobs.models import Job
from oas.tasks import send


def publish_job(job: Job) -> bool:
    """Put the message of `job` on Glider's queue. Returns whether the broker took it.

    Publishing a job twice is harmless: Glider writes the same things to the same places.
    """
    return send(TASK, job.message, queue=QUEUE, task_id=str(job.pk))
