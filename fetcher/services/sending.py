"""Handing work to the OAS worker. A broker that is down fails nobody's request: the sweep finds what is left to do."""

from __future__ import annotations

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from oas.celery import QUEUE, app

log = structlog.get_logger(__name__)
LIST = "links.list"
FETCH = "links.fetch"
SWEEP = "links.sweep"
LOOK = "links.look"


def send(task: str, argument: int) -> bool:
    """Says whether the broker took it."""
    try:
        app.send_task(task, args=[argument], queue=QUEUE)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("publish_failed", task=task, argument=argument, error=str(error))
        return False
    return True


def send_on_commit(task: str, argument: int) -> None:
    transaction.on_commit(lambda: send(task, argument), robust=True)
