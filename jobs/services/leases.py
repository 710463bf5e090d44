"""What Redis knows about jobs: leases, progress, messages that wait in Glider's queue, and workers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import redis
import structlog
from redis.exceptions import RedisError

from glider.contract import QUEUE, WORKER_SILENT, WORKERS_KEY, lease_key, progress_key
from oas.kernel.broker import redis_client
from oas.kernel.config import config

log = structlog.get_logger(__name__)
MOST_WAITING = 10_000


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """One client for all threads of the process, made at first use."""
    return redis_client(config().redis_url.get_secret_value(), timeout=5)


def alive(jobs: Sequence[UUID]) -> frozenset[UUID]:
    """Those of `jobs` whose lease a worker renews. Raises RedisError."""
    leases = _values([lease_key(job) for job in jobs])
    return frozenset(job for job, lease in zip(jobs, leases, strict=True) if lease is not None)


def waiting(jobs: Iterable[UUID]) -> frozenset[UUID]:
    """Those of `jobs` whose message no worker has taken from the queue yet: they are late, not lost.

    Raises RedisError.
    """
    messages: Any = client().lrange(QUEUE, 0, MOST_WAITING)
    # With very many messages all jobs are taken to wait; once the queue is shorter, the lost ones are found.
    if len(messages) > MOST_WAITING:
        return frozenset(jobs)
    ids = {_message_id(message) for message in messages}
    return frozenset(job for job in jobs if str(job) in ids)


def workers() -> int:
    """The number of Glider's processes that take jobs, by their last signs of life; 0 while Redis is down."""
    try:
        found: Any = client().zcount(WORKERS_KEY, time.time() - WORKER_SILENT, "+inf")
    except RedisError as error:
        log.warning("workers_unknown", error=str(error))
        return 0
    return int(found)


def progress_of_jobs(jobs: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """`percent` and `rows` of each job, in one request; both 0 while Redis is down."""
    try:
        found = _values([progress_key(job) for job in jobs])
    except RedisError as error:
        log.warning("progress_unknown", error=str(error))
        found = [None] * len(jobs)
    return {job: _read(text) for job, text in zip(jobs, found, strict=True)}


def _values(keys: list[str]) -> list[bytes | None]:
    found: Any = client().mget(keys) if keys else []
    return list(found)


def _read(text: bytes | None) -> dict[str, int]:
    try:
        found = json.loads(text or b"{}")
        return {"percent": max(0, min(100, int(found.get("percent", 0)))), "rows": max(0, int(found.get("rows", 0)))}
    except (ValueError, TypeError, AttributeError):
        return {"percent": 0, "rows": 0}


def _message_id(message: bytes) -> str:
    """The task's id, which is the job's, in a message of Celery's Redis transport; empty for anything else."""
    try:
        return str(json.loads(message)["headers"]["id"])
    except (ValueError, KeyError, TypeError):
        return ""
