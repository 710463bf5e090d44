"""Handing work to Celery. A broker that is down fails nobody's request: the sweep publishes what was not."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from glider.contract import QUEUE as GLIDER_QUEUE
from glider.contract import TASK as GLIDER_TASK
from oas.celery import QUEUE as OAS_QUEUE
from oas.celery import app
from salesfiles.models import Job

log = structlog.get_logger(__name__)
FINALISE = "salesfiles.finalise"
SETTLE = "salesfiles.settle"
ERASE = "salesfiles.erase"
SWEEP = "salesfiles.sweep"


def publish_job(job: Job) -> bool:
    """Give the job to Glider; says whether the broker took it."""
    return _send(GLIDER_TASK, job.message, queue=GLIDER_QUEUE, task_id=str(job.pk))


def publish_task_on_commit(task: str, files: int | list[int], *, after: float = 0) -> None:
    """`task` runs on the OAS worker, `after` so many seconds; should the message be lost, the sweep finds what is left
    to do. `files`: the ids, as the task takes them."""
    transaction.on_commit(lambda: _send(task, files, queue=OAS_QUEUE, countdown=after or None), robust=True)


def _send(task: str, argument: object, *, queue: str, **options: Any) -> bool:
    """`options` as Celery takes them."""
    try:
        app.send_task(task, args=[argument], queue=queue, **options)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("publish_failed", task=task, task_id=options.get("task_id"), error=str(error))
        return False
    return True
