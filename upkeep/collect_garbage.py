"""Garbage collection: leftovers are found and removed, and every one is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from oas.kernel.config import config
from upkeep.leftovers import COLLECTIONS, MOST, Leftover, batches, objects, papers, places, take_away, uploads

log = structlog.get_logger(__name__)
Say = Callable[[Leftover], object]


@dataclass
class Tally:
    """What was found, by kind; `size` in bytes, of objects."""

    counts: dict[str, int]
    size: int = 0

    def add(self, found: Leftover) -> None:
        self.counts[found.kind] = self.counts.get(found.kind, 0) + 1
        self.size += found.size

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def safe_age() -> timedelta:
    return timedelta(seconds=config().gc_after)


def collect(*, older_than: timedelta | None = None, remove: bool = True, say: Say = lambda found: None) -> Tally:
    """Everything, everywhere. Raises StorageError, DocumentsError, OperationalError: run it again later."""
    before = timezone.now() - (safe_age() if older_than is None else older_than)
    return _take(_all(before), remove=remove, say=say)


def collect_objects(prefix: str) -> Tally:
    """Of one organisation, for a task that must not take too long."""
    return _take(_in(prefix, timezone.now() - safe_age()), remove=True, say=_note)


def collect_documents() -> Tally:
    return _take(_papers(timezone.now() - safe_age()), remove=True, say=_note)


def _all(before: datetime) -> Iterator[Leftover]:
    yield from _papers(before)  # first: what they name goes when nothing names it any more
    for prefix in places():
        yield from _in(prefix, before)


def _in(prefix: str, before: datetime) -> Iterator[Leftover]:
    yield from objects(prefix, before=before)
    yield from uploads(prefix, before=before)


def _papers(before: datetime) -> Iterator[Leftover]:
    for collection in COLLECTIONS:
        yield from papers(collection, before=before)


def _take(found: Iterator[Leftover], *, remove: bool, say: Say) -> Tally:
    """A batch at a time: listings are not held up by deletions, nor deletions by the end of a listing."""
    tally = Tally({})
    for batch in batches(found, MOST):
        if remove:
            take_away(batch)
        for leftover in batch:
            tally.add(leftover)
            say(leftover)
    return tally


def _note(found: Leftover) -> None:
    log.info("removed", kind=found.kind, place=found.place, why=found.why)
