"""Leases: the right to work on one item, taken by one worker, renewed every few seconds, and lost when it runs out."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from fetcher.discard_reasons import RETRIED, Discard, Reason
from fetcher.models import BatchItem, BatchStatus, ItemStatus
from fetcher.services.download_slots import lease_end
from oas.api.refusals import BadValue
from oas.kernel.config import config
from oas.transactions import broken_constraint
from salesfiles.choices import UploadMode
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file, delete_file
from salesfiles.status import Status

TEXT = 500  # characters of a reason that are stored
LOOK_EVERY = 2.0  # seconds between two looks of a worker that waits for bytes at its lease
UNFINISHED = (Status.INITIALIZED, Status.UPLOADING)


class Stopped(Exception):
    """The lease is lost: the item was cancelled, or the lease ran out and another worker has taken the item."""


def take(item_id: int) -> Lease | None:
    """Take the lease of an item; None when it is not free. Counts as an attempt."""
    now = timezone.now()
    free = Q(status__in=[ItemStatus.WAITING, ItemStatus.QUEUED]) | Q(status=ItemStatus.FETCHING, due_at__lte=now)
    rows = BatchItem.everything.filter(free, pk=item_id, archive=None, batch__status=BatchStatus.FETCHING)
    token = uuid4()
    values = {"status": ItemStatus.FETCHING, "token": token, "due_at": lease_end(), "done_bytes": 0, "updated_at": now}
    if rows.update(**values, attempts=F("attempts") + 1) != 1:
        return None
    return Lease(BatchItem.everything.select_related("batch__organisation", "sales_file").get(pk=item_id, token=token))


class Lease:
    """The lease of `item`. Every write is conditional on its token, so a worker that has lost it changes nothing."""

    def __init__(self, item: BatchItem) -> None:
        self.item = item
        self.token = item.token
        self._looked = time.monotonic()

    def write(self, **values: Any) -> None:
        """Write `values` to the item. Raises `Stopped` when the lease is lost."""
        rows = BatchItem.everything.filter(pk=self.item.pk, token=self.token, status=ItemStatus.FETCHING)
        if rows.update(**values, updated_at=timezone.now()) != 1:
            raise Stopped
        for name, value in values.items():
            setattr(self.item, name, value)

    def beat(self, done: int) -> None:
        """Renew the lease with `done` bytes fetched. Raises `Stopped`."""
        self.write(done_bytes=done, due_at=lease_end())
        self._looked = time.monotonic()

    def look(self) -> None:
        """Renew the lease, unless it was renewed within `LOOK_EVERY`. Raises `Stopped`.

        Called while bytes are waited for: a slow host does not cost the lease, and a cancelled item ends its wait.
        """
        if time.monotonic() - self._looked >= LOOK_EVERY:
            self.beat(self.item.done_bytes)

    def end(self, status: ItemStatus, problem: Discard | None = None, **values: Any) -> None:
        """End the item in `status`, and the lease with it. Raises `Stopped`."""
        reason, text = (problem.reason, problem.text[:TEXT]) if problem else ("", "")
        self.write(status=status, reason=reason, text=text, token=None, due_at=None, **values)

    def refuse(self, problem: Discard) -> None:
        """End the item with `problem`, or let it wait where the problem may pass. Raises `Stopped`."""
        if problem.reason in RETRIED and self.item.attempts < config().job_attempts:
            self._wait(problem)
            return
        file = self.item.sales_file
        status = ItemStatus.FAILED if problem.reason in RETRIED else ItemStatus.DISCARDED
        self.end(status, problem, claim=None, sales_file=None)
        delete_unfilled(file)

    def _wait(self, problem: Discard) -> None:
        delay = timedelta(seconds=config().link_backoff * 2**self.item.attempts)
        until = timezone.now() + delay
        self.write(status=ItemStatus.WAITING, reason="", text=problem.text[:TEXT], token=None, due_at=until)

    def claim(self) -> None:
        """Claim the content of the item for it alone in the organisation. Raises `Discard` when another item has it."""
        # The unique constraint decides between items that claim at once. The holder may let go between the failed
        # write and the look at it, so the claim is tried a few times.
        for _ in range(3):
            try:
                with transaction.atomic():
                    return self.write(claim=self.item.fingerprint or None)
            except IntegrityError as error:
                if broken_constraint(error) != "one_item_takes_it_in":
                    raise
            refuse_known(self.item.organisation_id, self.item.fingerprint)
        raise Discard(Reason.DUPLICATE)

    def sales_file(self, size: int) -> SalesFile:
        """Return the sales file of the item, created with `size` bytes on the first call.

        Raises `Stopped`, `Discard`.
        """
        with transaction.atomic():
            rows = BatchItem.everything.select_for_update(of=("self",)).filter(pk=self.item.pk, token=self.token)
            item = rows.first()
            if item is None:
                raise Stopped
            if item.sales_file_id is None:
                item.sales_file = _new_file(self.item, size)
                item.save(update_fields=["sales_file"])
        self.item.sales_file = item.sales_file
        file = item.sales_file
        if file is None or file.deleted_at:
            raise Discard(Reason.DELETED)
        return file


def _new_file(item: BatchItem, size: int) -> SalesFile:
    try:
        return create_file(
            organisation=item.batch.organisation,
            filename=item.name,
            filetype=item.filetype,
            filesize=size,
            mongo_db_id=secrets.token_hex(12),
            upload_mode=UploadMode.AUTOMATICALLY,
            batch=item.batch,
        )
    except BadValue as error:
        raise Discard(Reason.TOO_LARGE, error.text) from error


def refuse_known(organisation_id: int, fingerprint: str) -> None:
    """Raise `Discard` when another item holds `fingerprint`; a holder whose sales file is gone is made to let go."""
    holder = holders(organisation_id, [fingerprint]).get(fingerprint)
    if holder is None:
        return
    if is_gone(holder):
        BatchItem.everything.filter(pk=holder.pk, claim=fingerprint).update(claim=None)
        return
    raise Discard(Reason.DUPLICATE, known_text(holder))


def holders(organisation_id: int, fingerprints: list[str]) -> dict[str, BatchItem]:
    """Return the items that have claimed `fingerprints`, by fingerprint."""
    rows = BatchItem.objects.of(organisation_id).filter(claim__in=fingerprints).select_related("sales_file")
    return {item.claim or "": item for item in rows}


def is_gone(item: BatchItem) -> bool:
    """Return whether the sales files that the item became have all been deleted."""
    if item.status == ItemStatus.UNPACKED:
        return not item.members.filter(sales_file__isnull=False, sales_file__deleted_at=None).exists()
    gone = item.sales_file is None or item.sales_file.deleted_at is not None
    return gone and item.status == ItemStatus.FETCHED


def known_text(holder: BatchItem) -> str:
    if holder.sales_file is not None and holder.status == ItemStatus.FETCHED:
        return f"It was taken in before, as sales file {holder.sales_file_id} ({holder.sales_file.filename})."
    return f"It was taken in before, or is being fetched, by batch {holder.batch_id}."


def delete_unfilled(file: SalesFile | None) -> None:
    """Delete a sales file whose content never arrived. Idempotent; one that is being processed stays."""
    if file is None or not SalesFile.everything.filter(pk=file.pk, deleted_at=None).exists():
        return
    try:
        delete_file(file=file)
    except InvalidTransition:  # a user has begun to process it in the meantime: it is theirs
        return
