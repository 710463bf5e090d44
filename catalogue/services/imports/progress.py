"""Progress of an import: of its check in Redis, of the rest in its row. Nothing depends on it."""

from __future__ import annotations

from typing import TypedDict

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from catalogue.models import CatalogueImport, ImportStatus
from catalogue.services.imports.apply_rows import STEPS

log = structlog.get_logger(__name__)
SECONDS = 3600
CHECKING_SHARE = 40  # percent of the whole


class Progress(TypedDict):
    """`percent` of the whole import; `rows` that the step at work has seen."""

    percent: int
    rows: int


def record(row: CatalogueImport) -> None:
    """Publish the rows checked so far to other processes."""
    # In Redis, because the transaction that stages the rows shows its row to no other process until it ends.
    try:
        cache.set(_key(row.pk), row.total_rows, SECONDS)
    except RedisError as error:
        log.warning("progress_unknown", error=str(error))


def forget(import_id: int) -> None:
    """Remove the count of `record`. Idempotent."""
    try:
        cache.delete(_key(import_id))
    except RedisError as error:
        log.warning("progress_unknown", error=str(error))


def progress_of(row: CatalogueImport) -> Progress:
    """Return the progress. While rows are checked their number is unknown: `rows` grows and `percent` stays 0."""
    if row.status == ImportStatus.CHECKING:
        return {"percent": 0, "rows": _checked(row.pk)}
    if row.status == ImportStatus.APPLYING:
        rows = max(row.total_rows or 0, 1)
        done = (row.step + min(row.applied_to / rows, 1)) / len(STEPS)
        return {"percent": CHECKING_SHARE + int((100 - CHECKING_SHARE) * done), "rows": min(row.applied_to, rows)}
    percent = {ImportStatus.DONE: 100, ImportStatus.PREVIEWED: CHECKING_SHARE}
    return {"percent": percent.get(ImportStatus(row.status), 0), "rows": row.total_rows or 0}


def _checked(import_id: int) -> int:
    try:
        return int(cache.get(_key(import_id)) or 0)
    except RedisError as error:
        log.warning("progress_unknown", error=str(error))
        return 0


def _key(import_id: int) -> str:
    return f"catalogue:import:{import_id}"
