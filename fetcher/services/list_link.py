"""Listing of a link: each file it leads to becomes an item. May be run twice, or killed and run again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from fetcher.discard_reasons import RETRIABLE, RETRIED, Discard, Reason
from fetcher.models import Batch, BatchItem, BatchStatus, ItemStatus
from fetcher.services import download_slots
from fetcher.services.fetch_item import LINK
from fetcher.services.leases import LOOK_EVERY, TEXT, holders, is_gone, known_text
from fetcher.sources import drive
from fetcher.sources.content import ARCHIVE, most_seconds, too_large, type_of
from fetcher.sources.drive import Entry
from fetcher.sources.links import Kind
from oas.kernel.config import config
from oas.kernel.http.connection_watch import Watch, watched

log = structlog.get_logger(__name__)
STEP = 500  # items written at once


class Cancelled(Exception):
    """The batch was cancelled, or its listing ended, while this process listed it."""


def list_batch(batch_id: int) -> None:
    """List the link of a batch, unless another process does; then dispatch its items. Idempotent."""
    batch = _take(batch_id)
    if batch is None:
        return
    with structlog.contextvars.bound_contextvars(batch=batch_id):
        try:
            if batch.attempts > config().job_attempts:
                raise Discard(Reason.GAVE_UP)
            with watched(Watch(most_seconds(), look=_renewing(batch))):
                _list(batch)
        except Cancelled:
            return
        except Discard as problem:
            _refuse(batch, problem)
        except SoftTimeLimitExceeded:
            _refuse(batch, Discard(Reason.BROKEN, "Listing the folder took too long."))
        except Exception:
            log.exception("listing_failed")
            _refuse(batch, Discard(Reason.ERROR))
    download_slots.dispatch()
    download_slots.close(batch_id)


def _take(batch_id: int) -> Batch | None:
    now = timezone.now()
    rows = Batch.everything.filter(Q(attempts=0) | Q(due_at__lte=now), pk=batch_id, status=BatchStatus.LISTING)
    if rows.update(due_at=download_slots.lease_end(), attempts=F("attempts") + 1) != 1:
        return None
    return Batch.everything.select_related("watched").get(pk=batch_id)


def _list(batch: Batch) -> None:
    """Add the items and move the batch to FETCHING. Raises `Discard`, `Cancelled`."""
    if batch.kind == Kind.PRESIGNED:
        _add(batch, [BatchItem(key=LINK, name="file", path="file")])
    else:
        _list_drive(batch)
    values = {"status": BatchStatus.FETCHING, "due_at": None, "cause": "", "message": ""}
    if Batch.everything.filter(pk=batch.pk, status=BatchStatus.LISTING).update(**values) != 1:
        raise Cancelled
    _note_look(batch)


def _list_drive(batch: Batch) -> None:
    root = drive.look_up(batch.link_id, batch.resource_key)
    if not root.is_folder:
        if type_of(root.name, root.mime) == ARCHIVE:
            raise Discard(Reason.ZIP_LINK)
        _add(batch, [_item(root, key=LINK)])
        return
    count = known = 0
    entries = drive.walk(root)
    while step := list(islice(entries, STEP)):
        count += len(step)
        if count > config().link_files:
            raise Discard(Reason.TOO_MANY, f"The folder has more than {config().link_files} files: share parts of it.")
        known += _add_step(batch, step)
    if not count and batch.watched is None:
        raise Discard(Reason.NO_FILES)
    Batch.everything.filter(pk=batch.pk).update(known=known)
    batch.known = known


def _add_step(batch: Batch, entries: list[Entry]) -> int:
    """Add `entries` as items; returns how many were left out, because a watched folder had them before."""
    taken = holders(batch.organisation_id, [entry.fingerprint for entry in entries])
    refused = _refused_before(batch, entries) if batch.watched else set()
    items = []
    for entry in entries:
        item, holder = _item(entry), taken.get(entry.fingerprint)
        known = holder is not None and holder.batch_id != batch.pk and not is_gone(holder)
        if batch.watched and (known or entry.fingerprint in refused):
            continue
        if holder is not None and known:
            _discard(item, Discard(Reason.DUPLICATE, known_text(holder)))
        items.append(item)
    _add(batch, items)
    return len(entries) - len(items)


def _refused_before(batch: Batch, entries: list[Entry]) -> set[str]:
    rows = BatchItem.objects.of(batch.organisation_id).filter(fingerprint__in=[entry.fingerprint for entry in entries])
    final = rows.filter(status=ItemStatus.DISCARDED).exclude(reason__in=RETRIABLE).exclude(batch=batch)
    return set(final.values_list("fingerprint", flat=True))


def _add(batch: Batch, items: list[BatchItem]) -> None:
    """Add `items`, and renew the listing's lease. Items that are there already stay. Raises `Cancelled`."""
    for item in items:
        item.batch, item.organisation_id = batch, batch.organisation_id
    with transaction.atomic():
        _renew(batch)
        BatchItem.everything.bulk_create(items, ignore_conflicts=True)


def _renew(batch: Batch) -> None:
    rows = Batch.everything.filter(pk=batch.pk, status=BatchStatus.LISTING)
    if rows.update(due_at=download_slots.lease_end()) != 1:
        raise Cancelled


def _renewing(batch: Batch) -> Callable[[], None]:
    """A function that renews the listing's lease, unless it did within `LOOK_EVERY`. It raises `Cancelled`."""
    last = time.monotonic()

    def look() -> None:
        nonlocal last
        if time.monotonic() - last >= LOOK_EVERY:
            _renew(batch)
            last = time.monotonic()

    return look


def _item(entry: Entry, key: str = "") -> BatchItem:
    item = BatchItem(
        key=key or hashlib.sha256(entry.id.encode()).hexdigest(),
        name=entry.name,
        path=entry.path,
        filetype=_filetype(entry),
        size=None if entry.export else entry.size,
        drive_id=entry.id,
        resource_key=entry.resource_key,
        export=entry.export,
        md5=entry.md5,
        fingerprint=entry.fingerprint,
    )
    problem = _problem(entry)
    if problem is not None:
        _discard(item, problem)
    return item


def _filetype(entry: Entry) -> str:
    return str(type_of(entry.name, entry.mime) or "")


def _problem(entry: Entry) -> Discard | None:
    """Return why the entry will not be fetched, as far as Drive's listing shows it; None when it will."""
    if entry.problem is not None:
        return entry.problem
    if entry.mime.startswith(drive.NATIVE) and not entry.export:
        return Discard(Reason.UNSUPPORTED_TYPE, "Of what is made in Google Drive only Sheets are taken.")
    if not _filetype(entry):
        return Discard(Reason.UNSUPPORTED_TYPE)
    if entry.size == 0 and not entry.export:
        return Discard(Reason.EMPTY)
    return Discard(Reason.TOO_LARGE) if too_large(entry.size) else None


def _discard(item: BatchItem, problem: Discard) -> None:
    if item.status == ItemStatus.DISCARDED:
        return
    item.status, item.reason, item.text = ItemStatus.DISCARDED, problem.reason, problem.text[:TEXT]


def _refuse(batch: Batch, problem: Discard) -> None:
    """Fail the batch with `problem`, or let it be listed again a little later where the problem may pass."""
    listing = Batch.everything.filter(pk=batch.pk, status=BatchStatus.LISTING)
    if problem.reason in RETRIED and batch.attempts < config().job_attempts:
        delay = timedelta(seconds=config().link_backoff * 2**batch.attempts)
        listing.update(due_at=timezone.now() + delay, message=problem.text[:TEXT])
        return
    with transaction.atomic():
        values = {"cause": problem.reason, "message": problem.text[:TEXT], "due_at": None}
        if listing.update(status=BatchStatus.FAILED, finished_at=timezone.now(), **values) != 1:
            return
        batch.items.all().delete()  # those of an earlier page: of a folder all files are fetched, or none
    log.info("batch_failed", reason=problem.reason)
    _note_look(batch, problem)


def _note_look(batch: Batch, problem: Discard | None = None) -> None:
    """Record the result of a listing in its watched folder. A batch without new files is deleted."""
    watched = batch.watched
    if watched is None:
        return
    watched.last_seen_at = timezone.now() if problem is None else watched.last_seen_at
    watched.last_result = problem.text[:TEXT] if problem else _result_text(batch)
    watched.save(update_fields=["last_seen_at", "last_result"])
    if problem is None and not batch.items.exists():
        batch.delete()


def _result_text(batch: Batch) -> str:
    return f"{batch.items.count()} new files, {batch.known} known ones."
