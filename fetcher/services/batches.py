"""Services of batches: start one from a link, cancel it, retry what failed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organisation
from fetcher.choices import Task
from fetcher.discard_reasons import RETRIABLE, Reason
from fetcher.models import OPEN_BATCHES, OPEN_ITEMS, Batch, BatchItem, BatchStatus, ItemStatus, WatchedFolder
from fetcher.services import download_slots
from fetcher.services.leases import delete_unfilled
from fetcher.sources import google_client
from fetcher.sources.links import Kind, Link, recognise
from oas.api.refusals import Refused
from oas.kernel.config import config
from oas.tasks import send_on_commit
from salesfiles.models import SalesFile


class NotSetUp(Refused):
    """OAS has no access to Google Drive."""

    code = str(Reason.SETUP)


class InvalidState(Refused):
    """The status of a batch does not allow the request. `facts`: its status."""

    code = "invalid_state"

    @classmethod
    def of(cls, batch: Batch, wanted: str) -> InvalidState:
        return cls(f"A batch that is {batch.status} does not take {wanted}.", status=batch.status)


class NothingToRetry(Refused):
    """No item of the batch failed in a way that another attempt could mend."""

    code = "nothing_to_retry"


def start(*, organisation: Organisation, url: str, actor: str = "") -> Batch:
    """Create a batch of `url`, which a worker lists. Raises `BadValue`, `NotSetUp`."""
    return begin(organisation=organisation, url=url, link=parse_link(url), actor=actor)


def parse_link(url: str) -> Link:
    """Recognise a link that OAS can fetch from. Raises `BadValue`, `NotSetUp`."""
    link = recognise(url)
    if link.kind == Kind.DRIVE and not google_client.is_set_up():
        raise NotSetUp("OAS has no access to Google Drive: it wants OAS_GOOGLE_API_KEY or a service account.")
    return link


@transaction.atomic
def begin(
    *, organisation: Organisation, url: str, link: Link, actor: str = "", watched: WatchedFolder | None = None
) -> Batch:
    """Create a batch of a recognised link, and send it to a worker after commit."""
    batch = Batch.everything.create(
        organisation=organisation,
        url=url.strip(),
        kind=link.kind,
        link_id=link.id,
        resource_key=link.resource_key,
        requested_by=actor,
        watched=watched,
        due_at=timezone.now() + timedelta(seconds=config().sweep_after),
    )
    send_on_commit(Task.LIST, batch.pk)
    return batch


def cancel(*, batch: Batch, actor: str = "") -> Batch:
    """Cancel a batch: sales files it has made stay, nothing more is fetched. Raises `InvalidState`."""
    with transaction.atomic():
        now = timezone.now()
        rows = Batch.everything.filter(pk=batch.pk, status__in=OPEN_BATCHES)
        if rows.update(status=BatchStatus.CANCELLED, finished_at=now, cause="", message="") != 1:
            batch.refresh_from_db()
            raise InvalidState.of(batch, "cancel")
        unfilled = _cancel_items(batch)
    # After the commit: only then does a worker at one of them notice that its item is no longer its own.
    for file in unfilled:
        delete_unfilled(file)
    download_slots.dispatch()
    batch.refresh_from_db()
    return batch


def _cancel_items(batch: Batch) -> list[SalesFile]:
    """Cancel the open items; returns the sales files whose content has not arrived yet."""
    items = BatchItem.everything.filter(batch=batch, status__in=OPEN_ITEMS)
    rows = items.select_for_update(of=("self",)).exclude(sales_file=None).values_list("sales_file", flat=True)
    files = list(SalesFile.everything.filter(pk__in=list(rows)))
    items.update(
        status=ItemStatus.CANCELLED, reason=Reason.CANCELLED, text=str(Reason.CANCELLED.label),
        claim=None, token=None, due_at=None, sales_file=None,
    )  # fmt: skip
    return files


def retry(*, batch: Batch, actor: str = "") -> Batch:
    """Fetch items again that failed, were cancelled, or may be shared by now; or list the link again.

    Raises `NothingToRetry`, `InvalidState`.
    """
    with transaction.atomic():
        now = Batch.everything.select_for_update(of=("self",)).get(pk=batch.pk)
        if now.status == BatchStatus.LISTING:
            raise InvalidState.of(now, "retry")
        if now.status == BatchStatus.FAILED or not now.items.exists():
            _list_again(now)
        else:
            _fetch_again(now)
    download_slots.dispatch()
    batch.refresh_from_db()
    return batch


def _list_again(batch: Batch) -> None:
    _refuse_zip(batch)
    batch.status, batch.attempts, batch.finished_at = BatchStatus.LISTING, 0, None
    batch.cause = batch.message = ""
    batch.due_at = timezone.now() + timedelta(seconds=config().sweep_after)
    batch.save()
    send_on_commit(Task.LIST, batch.pk)


def _refuse_zip(batch: Batch) -> None:
    if batch.cause == Reason.ZIP_LINK:
        raise NothingToRetry(str(Reason.ZIP_LINK.label))


def _fetch_again(batch: Batch) -> None:
    failed = Q(status__in=[ItemStatus.FAILED, ItemStatus.CANCELLED])
    failed |= Q(status=ItemStatus.DISCARDED, reason__in=RETRIABLE)
    items = batch.items.filter(failed)
    archives = [item.archive_id for item in items if item.archive_id is not None]
    again = {"status": ItemStatus.WAITING, "reason": "", "text": "", "attempts": 0, "due_at": None, "token": None}
    if items.update(**again) == 0:
        raise NothingToRetry("Nothing of this batch failed in a way that another attempt could mend.")
    batch.items.filter(pk__in=archives).update(**again)  # members are fetched with their archive
    batch.status, batch.finished_at = BatchStatus.FETCHING, None
    batch.save(update_fields=["status", "finished_at"])
