"""What is in the broker's queues, and a broker that is down."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from glider.contract import QUEUE
from jobs.services import leases
from oas.celery import app


def messages(queue: str = QUEUE) -> list[dict[str, Any]]:
    """Oldest first: task, id, argument."""
    found: Any = leases.client().lrange(queue, 0, -1)
    return [_message(json.loads(text)) for text in reversed(found)]


def delays(queue: str = QUEUE) -> list[float]:
    """Seconds from now until each message is to be done, oldest first; 0: at once."""
    found: Any = leases.client().lrange(queue, 0, -1)
    etas = [json.loads(text)["headers"]["eta"] for text in reversed(found)]
    now = datetime.now(tz=UTC)
    return [(datetime.fromisoformat(eta) - now).total_seconds() if eta else 0 for eta in etas]


def take_all(queue: str = QUEUE) -> None:
    """As a worker does that dies at once: the messages are no longer in the queue."""
    leases.client().delete(queue)


@contextmanager
def broker_down() -> Iterator[None]:
    """The broker of the application is at a port where no server listens."""
    address = app.conf.broker_url
    _use(address="redis://127.0.0.1:1/0")
    try:
        yield
    finally:
        _use(address=address)


def _use(address: str) -> None:
    celery: Any = app
    celery.conf.broker_url = celery.conf.broker_read_url = celery.conf.broker_write_url = address
    celery._pool = None  # kombu keeps one pool for each address
    celery.amqp._producer_pool = None


def _message(envelope: dict[str, Any]) -> dict[str, Any]:
    arguments = json.loads(base64.b64decode(envelope["body"]))[0]
    return {"task": envelope["headers"]["task"], "id": envelope["headers"]["id"], "argument": arguments[0]}
