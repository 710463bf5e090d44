"""Signs of life in Redis: the lease and progress of a running job, and the presence of each worker process.

A lease expires soon after its worker died. Nothing depends on these signs: without Redis a job still runs to its end,
and OAS finds the result.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from uuid import UUID

import redis
import structlog

from glider.contract import WORKER_SILENT, WORKERS_KEY, lease_key, progress_key
from oas.kernel.broker import redis_client
from oas.kernel.config import GliderConfig, glider_config

log = structlog.get_logger(__name__)
KEEP_PROGRESS = 3600  # seconds
PROGRESS_EVERY = 0.2  # seconds: most small files are finished before a client could look twice


class Heartbeat:
    """Renews one job's lease from a thread of its own, and writes the job's progress."""

    def __init__(self, job: UUID, config: GliderConfig) -> None:
        self._job = job
        self._lease = config.lease_seconds
        self._last_progress = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job}", daemon=True)

    def start(self) -> None:
        # The first renewal is made here: the lease is there before the job begins.
        self._renew()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        _quietly(lambda: connection().delete(lease_key(self._job)))

    def progress(self, percent: int, rows: int) -> None:
        """Write how far the job is, unless its progress was written less than `PROGRESS_EVERY` ago."""
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY:
            return
        self._last_progress = now
        progress = json.dumps({"percent": percent, "rows": rows})
        _quietly(lambda: connection().set(progress_key(self._job), progress, ex=KEEP_PROGRESS))

    def _beat(self) -> None:
        # Three renewals to a lease, so that one that fails or comes late does not end it.
        while not self._stop.wait(self._lease / 3):
            self._renew()

    def _renew(self) -> None:
        _quietly(lambda: connection().set(lease_key(self._job), "1", ex=self._lease))


@contextmanager
def heartbeat(job: UUID) -> Iterator[Heartbeat]:
    """Hold the lease of `job` for as long as the block runs."""
    beat = Heartbeat(job, glider_config())
    beat.start()
    try:
        yield beat
    finally:
        beat.stop()


def start_presence() -> None:
    """Register this process in Redis from now on, until it ends.

    OAS counts the registered processes to know how many large jobs may run at the same time.
    """
    threading.Thread(target=_stay_registered, name="presence", daemon=True).start()


def _stay_registered() -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    while True:
        _quietly(lambda: register_worker(name))
        time.sleep(WORKER_SILENT / 3)


def register_worker(name: str) -> None:
    """Set the last sign of life of the worker process `name` to now, and forget those gone for long.

    Raises RedisError.
    """
    now = time.time()
    connection().zadd(WORKERS_KEY, {name: now})
    connection().zremrangebyscore(WORKERS_KEY, 0, now - 10 * WORKER_SILENT)


@lru_cache(maxsize=1)
def connection() -> redis.Redis:
    """The connection of this process."""
    # Made at first use, so that a forked worker opens its own.
    return redis_client(glider_config().redis_url.get_secret_value(), timeout=5)


def _quietly(call: Callable[[], object]) -> None:
    """Run `call`; an error of Redis is logged only."""
    try:
        call()
    except redis.RedisError as error:
        log.warning("redis_unavailable", error=str(error))
