"""The sweep of links: it finds batches and items whose message or worker was lost. It may run twice at once."""

from __future__ import annotations

import structlog
from django.db.models import Q
from django.utils import timezone

from fetcher.choices import Task
from fetcher.discard_reasons import Discard, Reason
from fetcher.models import AT_WORK, Batch, BatchItem, BatchStatus, ItemStatus
from fetcher.services import download_slots
from fetcher.services.leases import delete_unfilled
from oas.kernel.config import config
from oas.tasks import send

log = structlog.get_logger(__name__)
MOST = 500  # rows of one sweep


def sweep() -> None:
    """Free items of lost workers, send listings again, dispatch items, and end batches that have none left."""
    _free_items()
    for batch in Batch.everything.filter(status=BatchStatus.LISTING, due_at__lte=timezone.now())[:MOST]:
        send(Task.LIST, batch.pk)
    download_slots.dispatch()
    for id in Batch.everything.filter(status=BatchStatus.FETCHING).values_list("pk", flat=True)[:MOST]:
        download_slots.close(id)


def _free_items() -> None:
    """Let items whose lease ran out wait for another worker; those with too many attempts are given up."""
    lost = BatchItem.everything.filter(status__in=AT_WORK, due_at__lte=timezone.now(), archive=None)
    for item in lost.select_related("sales_file")[:MOST]:
        # Conditional on all that was read: a worker that renews its lease at this moment keeps the item.
        same = BatchItem.everything.filter(pk=item.pk, status=item.status, token=item.token, due_at=item.due_at)
        if item.attempts < config().job_attempts:
            same.update(status=ItemStatus.WAITING, token=None, due_at=None)
            log.warning("item_freed", item=item.pk, attempts=item.attempts)
        else:
            _give_up(item)


def _give_up(item: BatchItem) -> None:
    problem = Discard(Reason.GAVE_UP)
    values = {"reason": problem.reason, "text": problem.text, "token": None, "due_at": None, "claim": None}
    same = BatchItem.everything.filter(pk=item.pk, token=item.token, due_at=item.due_at)
    if same.update(status=ItemStatus.FAILED, sales_file=None, **values) != 1:
        return
    delete_unfilled(item.sales_file)
    unfinished = Q(archive=item) & Q(status__in=[ItemStatus.WAITING, ItemStatus.FETCHING])
    members = BatchItem.everything.filter(unfinished)
    files = [member.sales_file for member in members.select_related("sales_file")]
    members.update(status=ItemStatus.FAILED, sales_file=None, **values)
    for file in files:
        delete_unfilled(file)
