"""Batches of finalisations: the small sales files of an organisation that wait at the same time, finalised together.

Their totals are mostly of the same artists, tracks and DSPs, so a batch costs hardly more than one file: with 200 that
wait, PostgreSQL's time for each fell from 47 ms to 2 ms (docs/speed.md). Files that become PROCESSED while a batch is
being counted wait, and the process that is next takes all of them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import accumulate
from typing import Final

from oas.transactions import advisory_session_lock
from salesfiles.models import SalesFile
from salesfiles.status import Status

# Lines. A larger file takes a second by itself, and no other file should wait for it.
SMALL: Final = 20_000
# Lines of a batch: the worker then holds no more than for one large file.
MOST_LINES: Final = 100_000
# Files of a batch. Their rows are locked while they are counted, for half a second at the most.
MOST_FILES: Final = 50
# Seconds in which others may come: at eight files a second, eight are then counted together.
WAIT: Final = 1.0
# Other files in Glider's hands that make it worth waiting for them.
WORTH_WAITING: Final = 2


def delay_for_others(file: SalesFile) -> float:
    """Return after how many seconds `file`, PROCESSED now, should be finalised; 0 where hardly another can come."""
    if not is_small(file):
        return 0
    others = SalesFile.objects.of(file.organisation_id).filter(status__in=(Status.CLEANING, Status.PROCESSING))
    # At most two rows are counted, however many files the organisation has in flight.
    return WAIT if others[:WORTH_WAITING].count() == WORTH_WAITING else 0


def one_batch_at_a_time(organisation: int) -> AbstractContextManager[None]:
    """Let one process at a time finalise a batch of `organisation`; the others wait.

    Raises OperationalError after having waited too long.
    """
    # Contributions are read from S3 meanwhile, so this is no lock of a transaction. Without it nothing would be wrong,
    # only done twice: the rows are locked when they are written.
    return advisory_session_lock("finalising", organisation)


def ties(file: SalesFile) -> bool:
    """Return whether `file` has no cause to wait for a person, and all its control totals tie."""
    return not file.status_cause and all(check["tied"] for check in file.checks)


def is_small(file: SalesFile) -> bool:
    """Return whether `file` may be in a batch. One with a live revision is finalised alone."""
    return file.live_revision is None and file.accepted_rows is not None and file.accepted_rows <= SMALL


def batch_with(file: SalesFile) -> list[SalesFile]:
    """Return `file` and, oldest first, the others that may be finalised with it; empty when it no longer waits."""
    small = {"live_revision": None, "accepted_rows__lte": SMALL, "status": Status.PROCESSED, "status_cause": ""}
    waiting = SalesFile.objects.of(file.organisation_id).filter(**small)
    files = {each.pk: each for each in waiting.order_by("pk")[:MOST_FILES]}
    # `file` itself may be younger than the first `MOST_FILES`.
    own = files.pop(file.pk, None) or waiting.filter(pk=file.pk).first()
    return _within_limits([own, *filter(ties, files.values())]) if own else []


def _within_limits(files: list[SalesFile]) -> list[SalesFile]:
    lines = accumulate(each.accepted_rows or 0 for each in files)
    return [each for each, sum_ in zip(files[:MOST_FILES], lines, strict=False) if sum_ <= MOST_LINES]
