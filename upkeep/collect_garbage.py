"""Garbage collection: find leftovers in S3 and MongoDB, remove them, and report every one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from oas.kernel.config import config
from upkeep.leftovers import (
    COLLECTIONS,
    MOST,
    Leftover,
    batches,
    leftover_documents,
    leftover_objects,
    leftover_uploads,
    prefixes,
    remove_all,
)

log = structlog.get_logger(__name__)
OnLeftover = Callable[[Leftover], object]


@dataclass
class Tally:
    """How many leftovers of each kind were found, and the `size` of the objects among them in bytes."""

    counts: dict[str, int]
    size: int = 0

    def add(self, found: Leftover) -> None:
        """Count `found`."""
        self.counts[found.kind] = self.counts.get(found.kind, 0) + 1
        self.size += found.size

    @property
    def total(self) -> int:
        """Return the number of leftovers of all kinds."""
        return sum(self.counts.values())


def safe_age() -> timedelta:
    """Return the age below which nothing is a leftover (`OAS_GC_AFTER`)."""
    return timedelta(seconds=config().gc_after)


def collect(
    *, older_than: timedelta | None = None, remove: bool = True, on_leftover: OnLeftover = lambda found: None
) -> Tally:
    """Find the leftovers of all organisations, at least `older_than` old (by default `safe_age`), and remove them.

    With `remove` False they are only found. `on_leftover` is called for each, after it was removed. Idempotent, also at
    the same time as itself. Raises StorageError, DocumentsError, OperationalError; a later call continues.
    """
    before = timezone.now() - (safe_age() if older_than is None else older_than)
    return _collect(_all(before), remove=remove, on_leftover=on_leftover)


def collect_objects(prefix: str) -> Tally:
    """Remove the objects and multipart uploads left over below `prefix`: for a task that must not take too long."""
    return _collect(_below(prefix, timezone.now() - safe_age()), remove=True, on_leftover=_log)


def collect_documents() -> Tally:
    """Remove the documents left over in MongoDB."""
    return _collect(_documents(timezone.now() - safe_age()), remove=True, on_leftover=_log)


def _all(before: datetime) -> Iterator[Leftover]:
    # Documents before objects, so that no document names an object that is gone.
    yield from _documents(before)
    for prefix in prefixes():
        yield from _below(prefix, before)


def _below(prefix: str, before: datetime) -> Iterator[Leftover]:
    yield from leftover_objects(prefix, before=before)
    yield from leftover_uploads(prefix, before=before)


def _documents(before: datetime) -> Iterator[Leftover]:
    for collection in COLLECTIONS:
        yield from leftover_documents(collection, before=before)


def _collect(found: Iterator[Leftover], *, remove: bool, on_leftover: OnLeftover) -> Tally:
    tally = Tally({})
    # A batch at a time: memory stays flat, and a collection that is cut off has removed what it found so far.
    for batch in batches(found, MOST):
        if remove:
            remove_all(batch)
        for leftover in batch:
            tally.add(leftover)
            on_leftover(leftover)
    return tally


def _log(found: Leftover) -> None:
    log.info("removed", kind=found.kind, place=found.place, why=found.why)
