"""Send tasks to Celery. A broker that is down fails no request: the sweep of the app finds what was not sent."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from oas.celery import QUEUE, QUEUES, app

log = structlog.get_logger(__name__)


def send(task: str, argument: object, *, queue: str = "", delay: float = 0, task_id: str | None = None) -> bool:
    """Send `task` with its one `argument` to `queue`, to run `delay` seconds from now at the earliest.

    Without a `queue` it goes to that of the task. Returns whether the broker took it.
    """
    queue = queue or QUEUES.get(task, QUEUE)
    options: dict[str, Any] = {"task_id": task_id} if task_id else {}
    try:
        app.send_task(task, args=[argument], queue=queue, countdown=delay or None, **options)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("publish_failed", task=task, task_id=task_id, argument=_loggable(argument), error=str(error))
        return False
    return True


def send_on_commit(task: str, argument: object, *, delay: float = 0) -> None:
    """Send `task` to the OAS workers once the transaction is committed, never before and never if it is rolled back."""
    transaction.on_commit(lambda: send(task, argument, delay=delay), robust=True)


def _loggable(argument: object) -> object:
    """Ids only: a job's message is long, and its `task_id` names it."""
    return argument if isinstance(argument, int | list) else None
