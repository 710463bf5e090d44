"""Progress of batches, counted in one query however many items they have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum, TextChoices

from fetcher.models import OPEN_BATCHES, OPEN_ITEMS, Batch, BatchItem, BatchStatus, ItemStatus
from salesfiles.status import Status

FETCHED_SHARE = 50  # percent: how much of the way of a file fetching counts for


class ShownStatus(TextChoices):
    """The status of a batch as users see it: PROCESSING is added while its sales files are at work."""

    LISTING = "LISTING"
    FETCHING = "FETCHING"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


@dataclass
class Counts:
    """Counts of the files of a batch. Archives are not counted, their members are. `bytes` are those fetched."""

    files: int = 0
    waiting: int = 0
    fetching: int = 0
    processing: int = 0
    finalized: int = 0
    failed: int = 0
    discarded: int = 0
    bytes: int = 0

    @property
    def done(self) -> int:
        """Files that nothing more happens to by itself, whatever came of them."""
        return self.files - self.waiting - self.fetching - self.processing

    @property
    def percent(self) -> int:
        if not self.files:
            return 0
        return (100 * self.done + FETCHED_SHARE * self.processing) // self.files


def counts_of(batches: Iterable[Batch]) -> dict[int, Counts]:
    """Return the counts of each batch by its id."""
    found = {batch.pk: Counts() for batch in batches}
    rows = BatchItem.everything.filter(batch__in=list(found)).order_by()
    groups = rows.values_list("batch", "status", "sales_file__status", "sales_file__status_cause")
    for batch, status, file_status, cause, number, size in groups.annotate(Count("pk"), Sum("done_bytes")):
        _count(found[batch], status, file_status, cause, number)
        found[batch].bytes += size or 0
    return found


def _count(counts: Counts, status: str, file_status: str | None, cause: str | None, number: int) -> None:
    if status == ItemStatus.UNPACKED:
        return
    counts.files += number
    name = _group(status, file_status, cause)
    setattr(counts, name, getattr(counts, name) + number)


def _group(status: str, file_status: str | None, cause: str | None) -> str:
    if status in OPEN_ITEMS:
        return "waiting" if status == ItemStatus.WAITING else "fetching"
    if status == ItemStatus.DISCARDED:
        return "discarded"
    if status != ItemStatus.FETCHED or file_status in (None, Status.FAILED):
        return "failed"
    if file_status == Status.FINALIZED:
        return "finalized"
    # A PROCESSED file with a cause waits for a user: its control totals do not tie, for example.
    waits = file_status == Status.PROCESSED and bool(cause)
    return "failed" if waits else "processing"


def shown_status(batch: Batch, counts: Counts) -> ShownStatus:
    """Return the status of `batch` as users see it."""
    if batch.status == BatchStatus.DONE and counts.processing:
        return ShownStatus.PROCESSING
    return ShownStatus(batch.status)


def is_over(batch: Batch, counts: Counts) -> bool:
    """Return whether nothing more happens to the batch by itself."""
    return batch.status not in OPEN_BATCHES and counts.processing == 0
