"""The signs of life: of a running job a lease in Redis that runs out soon after its worker does, and its progress; of
each process that takes jobs, busy or not, that it is there.

Nothing depends on them: without Redis a job still runs to its end, and OAS finds the result.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
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
TELL_EVERY = 0.2  # seconds: a small file is through before anybody could look twice


class Heartbeat:
    """Keeps one job's lease alive from a thread of its own, and tells its progress."""

    def __init__(self, job: UUID, config: GliderConfig) -> None:
        self._job = job
        self._lease = config.lease_seconds
        self._told = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job}", daemon=True)

    def start(self) -> None:
        self._renew()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        _quietly(lambda: connection().delete(lease_key(self._job)))

    def progress(self, percent: int, rows: int) -> None:
        """Tell it, unless something was told a moment ago."""
        now = time.monotonic()
        if now - self._told < TELL_EVERY:
            return
        self._told = now
        told = json.dumps({"percent": percent, "rows": rows})
        _quietly(lambda: connection().set(progress_key(self._job), told, ex=KEEP_PROGRESS))

    def _beat(self) -> None:
        while not self._stop.wait(self._lease / 3):
            self._renew()

    def _renew(self) -> None:
        _quietly(lambda: connection().set(lease_key(self._job), "1", ex=self._lease))


@contextmanager
def heartbeat(job: UUID) -> Iterator[Heartbeat]:
    beat = Heartbeat(job, glider_config())
    beat.start()
    try:
        yield beat
    finally:
        beat.stop()


def tell_presence() -> None:
    """Say from now on that this process takes jobs: OAS counts them to know how many large files may run at a time."""
    threading.Thread(target=_keep_present, name="presence", daemon=True).start()


def _keep_present() -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    while True:
        _quietly(lambda: say_present(name))
        time.sleep(WORKER_SILENT / 3)


def say_present(name: str) -> None:
    """Raises RedisError."""
    now = time.time()
    connection().zadd(WORKERS_KEY, {name: now})
    connection().zremrangebyscore(WORKERS_KEY, 0, now - 10 * WORKER_SILENT)


@lru_cache(maxsize=1)
def connection() -> redis.Redis:
    """Made at first use, so that a forked worker opens its own."""
    return redis_client(glider_config().redis_url.get_secret_value(), timeout=5)


def _quietly(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except redis.RedisError as error:
        log.warning("redis_unavailable", error=str(error))
