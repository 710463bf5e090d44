"""Which sales files are finalised together: those of an organisation that wait at the same time, so long as they are
small. Their sums are of the same artists, tracks and DSPs for the most part: together they cost hardly more than one.

Those that come while others are counted wait, and whoever's turn is next takes all of them along.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import accumulate
from typing import Final

from oas.transactions import advisory_session_lock
from salesfiles.models import SalesFile
from salesfiles.status import Status

CONTROL_TOTALS: Final = "control_totals"
SMALL: Final = 20_000  # lines; a larger file is a second's work by itself, which nobody should wait for
MOST_LINES: Final = 100_000  # of all together: what the worker holds of them is then that of one large file
MOST_FILES: Final = 50  # together; their rows are locked for as long as counting takes, half a second at the most
WAIT: Final = 1.0  # seconds that others have to come: at eight files a second eight are counted together then
COMPANY: Final = 2  # others that Glider has in hand; with fewer nobody is waited for


def wait_for_others(file: SalesFile) -> float:
    """Seconds until a file that is PROCESSED now should be finalised; none where hardly any other can come."""
    if not is_small(file):
        return 0
    others = SalesFile.objects.of(file.organisation_id).filter(status__in=(Status.CLEANING, Status.PROCESSING))
    return WAIT if others[:COMPANY].count() == COMPANY else 0


def one_at_a_time(organisation: int) -> AbstractContextManager[None]:
    """Let one process at a time gather files of `organisation`.

    What is gathered is read from S3 meanwhile, so this is no lock of a transaction. Nothing is wrong without it, only
    done twice. Raises OperationalError after having waited too long.
    """
    return advisory_session_lock("finalising", organisation)


def waits(file: SalesFile) -> bool:
    """Its numbers tie: nobody has to look at them first."""
    return file.status_cause != CONTROL_TOTALS and all(check["tied"] for check in file.checks)


def is_small(file: SalesFile) -> bool:
    """May be finalised together with others. A file of which an earlier revision counts is finalised alone."""
    return file.live_revision is None and file.accepted_rows is not None and file.accepted_rows <= SMALL


def companions_of(file: SalesFile) -> list[SalesFile]:
    """`file` and those that wait with it, by age behind it; empty when it waits no longer."""
    small = {"live_revision": None, "accepted_rows__lte": SMALL, "status": Status.PROCESSED}
    waiting = SalesFile.objects.of(file.organisation_id).filter(**small).exclude(status_cause=CONTROL_TOTALS)
    files = {each.pk: each for each in waiting.order_by("pk")[:MOST_FILES]}
    own = files.pop(file.pk, None) or waiting.filter(pk=file.pk).first()
    return _not_too_many([own, *filter(waits, files.values())]) if own else []


def _not_too_many(files: list[SalesFile]) -> list[SalesFile]:
    lines = accumulate(each.accepted_rows or 0 for each in files)
    return [each for each, sum_ in zip(files[:MOST_FILES], lines, strict=False) if sum_ <= MOST_LINES]
