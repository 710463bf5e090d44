"""Notifications of OAS that a job has finished: webhooks, signed per Standard Webhooks.

A notification carries ids only and may be lost: OAS looks for results of which it was not notified.
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
MEANWHILE: Final = 2  # notifications that may be unanswered while the process runs its next job
TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)


def notify(event: JobFinished, url: str) -> bool:
    """POST `event` to `url`, up to four times; returns whether OAS accepted it. Raises nothing for a lost one.

    An answer of 3xx or 4xx but 429 is final: OAS got the event and does not want it, or no longer.
    """
    body = event.model_dump_json()
    for wait in (*WAITS, None):
        status = _post(url, body, str(event.job))
        if status is not None and status < 500 and status != 429:
            log.info("notification_answered", status=status)
            return status < 300
        if wait is not None:
            time.sleep(wait)
    log.warning("notification_lost", status=status)
    return False


class Notifier:
    """Sends notifications in threads of its own, so that the process goes on to its next job while OAS answers.

    An event that is not sent when the process ends is lost.
    """

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(MEANWHILE)
        self._pool = ThreadPoolExecutor(MEANWHILE, thread_name_prefix="notifier")

    def notify(self, event: JobFinished, url: str) -> None:
        """Send `event` to `url`; blocks while `MEANWHILE` earlier notifications are unanswered."""
        # Without this limit a slow OAS would make the queue of notifications grow, and it is lost with the process.
        self._room.acquire()
        context = copy_context()  # the ids that the job has bound to the log
        self._pool.submit(context.run, self._notify, event, url)

    def finish(self) -> None:
        """Wait until every notification is answered or lost."""
        self._pool.shutdown()

    def _notify(self, event: JobFinished, url: str) -> None:
        try:
            notify(event, url)
        except Exception:
            log.exception("notification_error")
        finally:
            self._room.release()


@lru_cache(maxsize=1)
def notifier() -> Notifier:
    """The notifier of this process."""
    # Made at first use, because threads do not survive a fork.
    return Notifier()


def _post(url: str, body: str, message_id: str) -> int | None:
    """The status of the answer, or None when the request failed before a response arrived."""
    try:
        return _client().post(url, content=body, headers=_headers(body, message_id)).status_code
    except httpx.HTTPError as error:
        log.warning("notification_failed", error=type(error).__name__)
        return None


def _headers(body: str, message_id: str) -> dict[str, str]:
    """The headers of Standard Webhooks, signed with the present time, as OAS refuses an old timestamp."""
    now = datetime.now(tz=UTC)
    # The first secret signs; OAS accepts every secret of its list, so that they can be rotated.
    secret = glider_config().webhook_secret[0].get_secret_value()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    # A redirect is not followed, and no proxy is taken from the environment: the event goes to its URL or nowhere.
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
