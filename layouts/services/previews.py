"""Asking Glider what it sees in a file, and waiting a little for the answer.

No row is kept: the job's id follows from what is asked, its result lies where that says, and asking again is cheap.
"""

from __future__ import annotations

import time
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from glider.contract import QUEUE, TASK, PreviewMessage, PreviewResult, SourceFile
from oas.celery import app
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage

PATIENCE: Final = 8.0  # seconds an answer is waited for
POLL: Final = 0.05
AGAIN: Final = 20  # seconds until the same question is published again
log = structlog.get_logger(__name__)


def ask(file: SourceFile, *, organisation: int, raw_key: str, raw_etag: str, formats: str) -> PreviewResult | None:
    """What cleaning would make of the object; None when Glider has not answered yet. Raises `StorageError`."""
    job = uuid5(NAMESPACE_URL, f"{organisation}:{file.uuid}:{raw_key}:{raw_etag}:{formats}:{file.reporting_period}")
    message = PreviewMessage(
        job=job,
        organisation=organisation,
        result_key=object_keys.preview(organisation, file.uuid, job),
        callback_url="",
        file=file,
        raw_key=raw_key,
        raw_etag=raw_etag,
        formats=formats,
    )
    found = _result(message)
    if found is None and _publish(message):
        found = _wait(message)
    return found


def _wait(message: PreviewMessage) -> PreviewResult | None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := _result(message):
            return found
        time.sleep(POLL)
    return None


def _result(message: PreviewMessage) -> PreviewResult | None:
    try:
        return PreviewResult.model_validate(storage().get_json(message.result_key))
    except ObjectAbsent:
        return None


def _publish(message: PreviewMessage) -> bool:
    """Once in a while only, however often it is asked for; says whether an answer may be on its way."""
    if not cache.add(_asked(message.job), 1, AGAIN):
        return True
    try:
        app.send_task(TASK, args=[message.model_dump(mode="json")], queue=QUEUE, task_id=str(message.job))
    except (OperationalError, RedisError, OSError) as error:
        log.warning("publish_failed", task=TASK, error=str(error))
        return False
    return True


def _asked(job: UUID) -> str:
    return f"preview:{job}"
