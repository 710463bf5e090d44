"""Fair dispatch of downloads: a limited number at the same time, and organisations one after the other.

An item is given to the broker only when there is a free slot, so that a folder of ten thousand files does not hold up
other tasks. One organisation gets all slots but one: its slow hosts do not hold up the links of others.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from fetcher.choices import Task
from fetcher.models import AT_WORK, OPEN_ITEMS, Batch, BatchItem, BatchStatus, ItemStatus
from oas.kernel.config import config
from oas.tasks import send_on_commit
from oas.transactions import advisory_lock

UNTAKEN = timedelta(seconds=60)  # after which a message that no worker took is sent again


def lease_end() -> datetime:
    """Return the end of a lease that is taken or renewed now."""
    return timezone.now() + timedelta(seconds=2 * config().lease_seconds)


@transaction.atomic
def dispatch() -> int:
    """Give waiting items to workers while there are free slots; returns how many. The messages go after commit."""
    # One process at a time counts the slots in use: two would each see the same one free.
    advisory_lock("link downloads")
    busy = _at_work().count()
    given = 0
    while busy + given < config().link_downloads and _dispatch_next():
        given += 1
    return given


def _dispatch_next() -> bool:
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
    """Return the batch served longest ago, of the organisation served longest ago; None when no item is due."""
    waiting = _waiting().filter(batch=OuterRef("pk"))
    open_batches = Batch.everything.filter(Exists(waiting), status=BatchStatus.FETCHING)
    batches = list(open_batches.exclude(organisation__in=_with_their_share()).order_by("pk")[:1000])
    served: dict[int, float] = {}
    for batch in batches:
        served[batch.organisation_id] = max(served.get(batch.organisation_id, 0), _time(batch))
    return min(batches, key=lambda batch: (served[batch.organisation_id], _time(batch)), default=None)


def _with_their_share() -> list[int]:
    """Return the organisations that have as many slots as one may have."""
    share = max(1, config().link_downloads - 1)
    counts = _at_work().order_by().values("organisation").annotate(slots=Count("pk")).filter(slots__gte=share)
    return list(counts.values_list("organisation", flat=True))


def _at_work() -> QuerySet[BatchItem]:
    """Return the items that take up a slot. Members of an archive are left out: they are fetched with it."""
    return BatchItem.everything.filter(status__in=AT_WORK, archive=None)


def _time(batch: Batch) -> float:
    return batch.served_at.timestamp() if batch.served_at else 0


def _waiting() -> QuerySet[BatchItem]:
    """Return the items that are due. Members of an archive are left out: they are fetched with it."""
    due = Q(due_at=None) | Q(due_at__lte=timezone.now())
    return BatchItem.everything.filter(due, status=ItemStatus.WAITING, archive=None)


def close(batch_id: int) -> bool:
    """Move a batch from FETCHING to DONE when no item is left to fetch. Idempotent; returns whether this call did."""
    left = BatchItem.everything.filter(batch=OuterRef("pk"), status__in=OPEN_ITEMS)
    rows = Batch.everything.filter(~Exists(left), pk=batch_id, status=BatchStatus.FETCHING)
    return rows.update(status=BatchStatus.DONE, finished_at=timezone.now()) == 1
