"""The right to work on one item: taken once, renewed with every part, and gone when somebody else has it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from fetcher.discard_reasons import AGAIN, Discard, Reason
from fetcher.models import BatchItem, BatchStatus, ItemStatus
from fetcher.services.download_slots import lease
from oas.api.refusals import BadValue
from oas.kernel.config import config
from oas.transactions import broken_constraint
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile, UploadMode
from salesfiles.services.files import create_file, delete_file
from salesfiles.status import Status

TEXT = 500
UNFINISHED = (Status.INITIALIZED, Status.UPLOADING)


class Stopped(Exception):
    """The item is no longer ours: it was cancelled, or the lease ran out and another worker has it."""


def take(item_id: int) -> Lease | None:
    """Begin to work on an item that is free; None when it is not."""
    now = timezone.now()
    free = Q(status__in=[ItemStatus.WAITING, ItemStatus.QUEUED]) | Q(status=ItemStatus.FETCHING, due_at__lte=now)
    rows = BatchItem.everything.filter(free, pk=item_id, archive=None, batch__status=BatchStatus.FETCHING)
    token = uuid4()
    values = {"status": ItemStatus.FETCHING, "token": token, "due_at": lease(), "done_bytes": 0, "updated_at": now}
    if rows.update(**values, attempts=F("attempts") + 1) != 1:
        return None
    return Lease(BatchItem.everything.select_related("batch__organisation", "sales_file").get(pk=item_id, token=token))


class Lease:
    def __init__(self, item: BatchItem) -> None:
        self.item = item
        self.token = item.token

    def write(self, **values: Any) -> None:
        """Raises `Stopped` when it is not ours any more."""
        rows = BatchItem.everything.filter(pk=self.item.pk, token=self.token, status=ItemStatus.FETCHING)
        if rows.update(**values, updated_at=timezone.now()) != 1:
            raise Stopped
        for name, value in values.items():
            setattr(self.item, name, value)

    def beat(self, done: int) -> None:
        self.write(done_bytes=done, due_at=lease())

    def end(self, status: ItemStatus, problem: Discard | None = None, **values: Any) -> None:
        reason, text = (problem.reason, problem.text[:TEXT]) if problem else ("", "")
        self.write(status=status, reason=reason, text=text, token=None, due_at=None, **values)

    def refuse(self, problem: Discard) -> None:
        """The item ends here; or waits for another attempt, where that may help."""
        if problem.reason in AGAIN and self.item.attempts < config().job_attempts:
            self._wait(problem)
            return
        file = self.item.sales_file
        status = ItemStatus.FAILED if problem.reason in AGAIN else ItemStatus.DISCARDED
        self.end(status, problem, claim=None, sales_file=None)
        drop(file)

    def _wait(self, problem: Discard) -> None:
        delay = timedelta(seconds=config().link_backoff * 2**self.item.attempts)
        until = timezone.now() + delay
        self.write(status=ItemStatus.WAITING, reason="", text=problem.text[:TEXT], token=None, due_at=until)

    def claim(self) -> None:
        """No other item of the organisation takes in the same content of the same file. Raises `Discard`."""
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
        """The sales file of this item, made once, UPLOADING or further. Raises `Stopped`, `Discard`."""
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
    """Raises `Discard` when another item holds this content; one whose sales file is gone lets go of it."""
    holder = holders(organisation_id, [fingerprint]).get(fingerprint)
    if holder is None:
        return
    if is_gone(holder):
        BatchItem.everything.filter(pk=holder.pk, claim=fingerprint).update(claim=None)
        return
    raise Discard(Reason.DUPLICATE, known_text(holder))


def holders(organisation_id: int, fingerprints: list[str]) -> dict[str, BatchItem]:
    rows = BatchItem.objects.of(organisation_id).filter(claim__in=fingerprints).select_related("sales_file")
    return {item.claim or "": item for item in rows}


def is_gone(item: BatchItem) -> bool:
    """Whether what was taken in is not there any more."""
    if item.status == ItemStatus.UNPACKED:
        return not item.members.filter(sales_file__isnull=False, sales_file__deleted_at=None).exists()
    gone = item.sales_file is None or item.sales_file.deleted_at is not None
    return gone and item.status == ItemStatus.FETCHED


def known_text(holder: BatchItem) -> str:
    if holder.sales_file is not None and holder.status == ItemStatus.FETCHED:
        return f"It was taken in before, as sales file {holder.sales_file_id} ({holder.sales_file.filename})."
    return f"It was taken in before, or is being fetched, by batch {holder.batch_id}."


def drop(file: SalesFile | None) -> None:
    """Take away a sales file whose content never came."""
    if file is None or not SalesFile.everything.filter(pk=file.pk, deleted_at=None).exists():
        return
    try:
        delete_file(file=file)
    except InvalidTransition:  # somebody has begun to process it: it is theirs
        return
