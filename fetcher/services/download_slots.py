"""Which file is fetched next: only so many at the same time, and every organisation in its turn.

Nothing is given to the broker but what there is a free slot for, so that a folder of ten thousand files does not
stand in the way of other work.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from fetcher.choices import Task
from fetcher.models import AT_WORK, OPEN_ITEMS, Batch, BatchItem, BatchStatus, ItemStatus
from oas.kernel.config import config
from oas.tasks import send_on_commit
from oas.transactions import advisory_lock

UNTAKEN = timedelta(seconds=60)  # until a message that nobody took is sent again


def lease() -> datetime:
    """Until when a file that is worked on is left alone."""
    return timezone.now() + timedelta(seconds=2 * config().lease_seconds)


@transaction.atomic
def feed() -> int:
    """Give files to the worker while there are slots; returns how many."""
    advisory_lock("link downloads")
    busy = BatchItem.everything.filter(status__in=AT_WORK, archive=None).count()
    given = 0
    while busy + given < config().link_downloads and _give_next():
        given += 1
    return given


def _give_next() -> bool:
    batch = _next_batch()
    if batch is None:
        return False
    item = _waiting().filter(batch=batch).order_by("pk").first()
    if item is None:
        return False
    now = timezone.now()
    Batch.everything.filter(pk=batch.pk).update(served_at=now)
    values = {"status": ItemStatus.QUEUED, "due_at": now + UNTAKEN}
    if BatchItem.everything.filter(pk=item.pk, status=ItemStatus.WAITING).update(**values) == 1:
        send_on_commit(Task.FETCH, item.pk)
    return True


def _next_batch() -> Batch | None:
    """Of the organisation that was served longest ago, the batch that was."""
    waiting = _waiting().filter(batch=OuterRef("pk"))
    batches = list(Batch.everything.filter(Exists(waiting), status=BatchStatus.FETCHING).order_by("pk")[:1000])
    served: dict[int, float] = {}
    for batch in batches:
        served[batch.organisation_id] = max(served.get(batch.organisation_id, 0), _time(batch))
    return min(batches, key=lambda batch: (served[batch.organisation_id], _time(batch)), default=None)


def _time(batch: Batch) -> float:
    return batch.served_at.timestamp() if batch.served_at else 0


def _waiting() -> QuerySet[BatchItem]:
    """Members of an archive are fetched with it, never alone."""
    due = Q(due_at=None) | Q(due_at__lte=timezone.now())
    return BatchItem.everything.filter(due, status=ItemStatus.WAITING, archive=None)


def close(batch_id: int) -> bool:
    """FETCHING → DONE when no file is left to fetch."""
    left = BatchItem.everything.filter(batch=OuterRef("pk"), status__in=OPEN_ITEMS)
    rows = Batch.everything.filter(~Exists(left), pk=batch_id, status=BatchStatus.FETCHING)
    return rows.update(status=BatchStatus.DONE, finished_at=timezone.now()) == 1
