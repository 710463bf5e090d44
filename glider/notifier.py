"""The event: a webhook signed per Standard Webhooks that tells OAS a job has ended.

It carries ids only and may be lost: OAS looks for results that nobody announced.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import httpx
import structlog
from standardwebhooks import Webhook

from glider.contract import JobFinished
from oas.kernel.config import glider_config

log = structlog.get_logger(__name__)
WAITS: Final = (0.2, 1.0, 3.0)  # seconds between tries
MEANWHILE: Final = 2  # notifier that may be unanswered while their process is at its next job
TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)


def notify(event: JobFinished, url: str) -> bool:
    """Whether OAS took the event. An answer of 4xx is final: OAS knows the job and does not want it (any more)."""
    body = event.model_dump_json()
    for wait in (*WAITS, None):
        status = _post(url, body, str(event.job))
        if status is not None and status < 500 and status != 429:
            log.info("bell_answered", status=status)
            return status < 300
        if wait is not None:
            time.sleep(wait)
    log.warning("bell_lost", status=status)
    return False


class Notifier:
    """Rings while the process goes on to its next job, so that it does not wait for OAS. A event that ends with the
    process is a lost one. While `MEANWHILE` are unanswered, the next waits until one is."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(MEANWHILE)
        self._pool = ThreadPoolExecutor(MEANWHILE, thread_name_prefix="bell")

    def notify(self, event: JobFinished, url: str) -> None:
        self._room.acquire()
        told = copy_context()  # for the log
        self._pool.submit(told.run, self._notify, event, url)

    def finish(self) -> None:
        """Wait for those that are being rung."""
        self._pool.shutdown()

    def _notify(self, event: JobFinished, url: str) -> None:
        try:
            notify(event, url)
        except Exception:
            log.exception("bell_error")
        finally:
            self._room.release()


@lru_cache(maxsize=1)
def notifier() -> Notifier:
    """Made at first use, as threads do not survive a fork."""
    return Notifier()


def _post(url: str, body: str, message_id: str) -> int | None:
    try:
        return _client().post(url, content=body, headers=_headers(body, message_id)).status_code
    except httpx.HTTPError as error:
        log.warning("bell_failed", error=type(error).__name__)
        return None


def _headers(body: str, message_id: str) -> dict[str, str]:
    now = datetime.now(tz=UTC)
    secret = glider_config().webhook_secret[0].get_secret_value()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
