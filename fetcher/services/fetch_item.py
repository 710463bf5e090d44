"""Fetching of one item: its content is checked and becomes a sales file. May be run twice, or killed and run again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from fetcher.discard_reasons import Discard, Reason
from fetcher.models import BatchItem, ItemStatus
from fetcher.services import download_slots
from fetcher.services.intake import take_in
from fetcher.services.leases import Lease, Stopped, delete_unfilled, take
from fetcher.sources import drive
from fetcher.sources.content import ARCHIVE, CHUNK, Content, is_web_page, is_zip, too_large, type_of, watch
from fetcher.sources.links import Kind
from fetcher.sources.presigned import Download
from fetcher.transfer import Check
from fetcher.zip_members import Archive, Member
from oas.api.refusals import Refused
from oas.kernel.config import config
from oas.kernel.http.connection_watch import watched
from oas.kernel.storage import StorageError, storage
from oas.kernel.workspace import is_disk_full, workspace
from salesfiles.models import SalesFile

log = structlog.get_logger(__name__)
LINK: Final = "link"  # the key of the item of a link that leads to one file
HEAD: Final = 4096  # bytes that are looked at before a sales file is made


def fetch(item_id: int) -> None:
    """Fetch one item, unless another worker has it; then dispatch the next and end the batch if it was the last."""
    lease = take(item_id)
    if lease is None:
        return
    batch = lease.item.batch_id
    with structlog.contextvars.bound_contextvars(batch=batch, item=item_id):
        _fetch_guarded(lease)
    download_slots.dispatch()
    download_slots.close(batch)


def _fetch_guarded(lease: Lease) -> None:
    """Fetch under `lease` and end the item. No error leaves: one item must not stop the others."""
    try:
        _end(lease, _problem_of(lease))
    except Stopped:
        log.info("item_stopped")
        _remove_leftover(lease)


def _problem_of(lease: Lease) -> Discard | None:
    try:
        with watched(watch(lease.look)):
            _fetch(lease)
    except Discard as problem:
        return problem
    except (SalesFile.DoesNotExist, Refused):  # a user deleted the sales file, or did something else with it
        return Discard(Reason.DELETED)
    except StorageError as error:
        log.warning("storage_failed", error=str(error))
        return Discard(Reason.ERROR, "The object store does not answer.")
    except SoftTimeLimitExceeded:
        return Discard(Reason.BROKEN, "It took too long.")
    except Stopped:
        raise
    except Exception as error:
        if is_disk_full(error):
            log.error("disk_full")
            return Discard(Reason.ERROR, "OAS has no room left to unpack it; it is tried again.")
        log.exception("item_failed")
        return Discard(Reason.ERROR)
    return None


def _end(lease: Lease, problem: Discard | None) -> None:
    if problem is not None:
        log.info("item_refused", reason=problem.reason)
        lease.refuse(problem)


def _remove_leftover(lease: Lease) -> None:
    """Delete the object of a sales file that was deleted while this worker wrote it."""
    file = lease.item.sales_file
    if file is not None and file.raw_key and not SalesFile.everything.filter(pk=file.pk, deleted_at=None).exists():
        storage().delete(file.raw_key)


def _fetch(lease: Lease) -> None:
    if lease.item.batch.kind == Kind.PRESIGNED:
        return _fetch_presigned(lease)
    item = lease.item
    lease.claim()
    content = drive.content(_entry_of(item))
    if item.filetype == ARCHIVE:
        return _unpack(lease, content)
    return _take_in(lease, content)


def _entry_of(item: BatchItem) -> drive.Entry:
    mime = drive.SHEET if item.export else ""
    return drive.Entry(
        id=item.drive_id, name=item.name, path=item.path, mime=mime,
        size=item.size, md5=item.md5, resource_key=item.resource_key,
    )  # fmt: skip


def _fetch_presigned(lease: Lease) -> None:
    with Download(lease.item.batch.url) as download:
        filetype = type_of(download.name, download.mime)
        if filetype == ARCHIVE:
            raise Discard(Reason.ZIP_LINK)
        if download.size == 0:
            raise Discard(Reason.EMPTY)
        if too_large(download.size):
            raise Discard(Reason.TOO_LARGE)
        content, head = _peek(download.content)
        _refuse_head(lease.item, head)
        if filetype is None:
            raise Discard(Reason.UNSUPPORTED_TYPE)
        lease.write(name=download.name, path=download.name, filetype=filetype, size=download.size)
        take_in(lease, content, head)


def _take_in(lease: Lease, content: Content) -> None:
    content, head = _peek(content)
    _refuse_head(lease.item, head)
    take_in(lease, content, head)


def _peek(content: Content) -> tuple[Content, bytes]:
    """Return the same content, unread, and its first bytes."""
    first = b""
    for piece in content.pieces:
        first += piece
        if len(first) >= HEAD:
            break
    return replace(content, pieces=chain([first], content.pieces)), first


def _refuse_head(item: BatchItem, head: bytes) -> None:
    """Raise `Discard` for a file whose first bytes show that it is no sales file."""
    if not head:
        raise Discard(Reason.EMPTY)
    if is_web_page(head):
        raise Discard(Reason.HTML)
    if item.key == LINK and is_zip(head):
        raise Discard(Reason.ZIP_LINK)


# --- archives ---


def _unpack(lease: Lease, content: Content) -> None:
    """Make each member an item and a sales file of its own."""
    with workspace(config().work_dir) as folder:
        path = folder / "archive"
        _download(lease, content, path)
        with Archive(path) as archive:
            for member in archive.members():
                _unpack_member(lease, archive, member)
    lease.end(ItemStatus.UNPACKED)


def _download(lease: Lease, content: Content, path: Path) -> None:
    content, head = _peek(content)
    _refuse_head(lease.item, head)
    check = Check(content)
    with path.open("wb") as file:
        for piece in _chunks(content.pieces):
            check.add(piece)
            file.write(piece)
            lease.beat(check.size)
    check.end()


def _chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut `pieces` to at most `CHUNK` bytes, so that the lease is renewed often enough."""
    for piece in pieces:
        yield from (piece[start : start + CHUNK] for start in range(0, len(piece), CHUNK))


def _unpack_member(lease: Lease, archive: Archive, member: Member) -> None:
    own = _member_lease(lease, member)
    if own is None:
        return
    try:
        if member.problem is not None:
            raise member.problem
        _take_in(own, Content(archive.pieces(member), size=None))
    except Discard as problem:
        own.refuse(problem)
        # The limit of unpacking is one for the archive: once it is spent, no other member can be unpacked either.
        if problem.reason == Reason.TOO_LARGE and archive.left < 0:
            raise


class MemberLease(Lease):
    """The lease of a member. It renews the lease of its archive as well."""

    def __init__(self, item: BatchItem, archive: Lease) -> None:
        super().__init__(item)
        self.archive = archive

    def beat(self, done: int) -> None:
        self.archive.beat(self.archive.item.done_bytes)
        super().beat(done)

    def refuse(self, problem: Discard) -> None:
        """End the member with `problem`. It was read from disk, so another attempt would end the same way."""
        file = self.item.sales_file
        self.end(ItemStatus.DISCARDED, problem, claim=None, sales_file=None)
        delete_unfilled(file)


def _member_lease(lease: Lease, member: Member) -> MemberLease | None:
    """Take the lease of a member; None when an earlier attempt has finished it."""
    above = lease.item
    lease.beat(above.done_bytes)
    # The offset is part of the key, because an archive may have two members of one name.
    key = hashlib.sha256(f"{above.key}/{member.info.header_offset}/{member.path}".encode()).hexdigest()
    item, _ = BatchItem.everything.get_or_create(
        batch=above.batch,
        key=key,
        defaults={
            "organisation_id": above.organisation_id,
            "archive": above,
            "name": member.name,
            "path": f"{above.path}/{member.path}"[-2000:],
            "filetype": type_of(member.name) or "",
            "size": member.info.file_size,
            "status": ItemStatus.WAITING,
        },
    )
    token = uuid4()
    rows = BatchItem.everything.filter(pk=item.pk, status__in=[ItemStatus.WAITING, ItemStatus.FETCHING])
    if rows.update(status=ItemStatus.FETCHING, token=token, due_at=None, done_bytes=0) != 1:
        return None
    found = BatchItem.everything.select_related("batch__organisation", "sales_file").get(pk=item.pk)
    return MemberLease(found, lease) if found.token == token else None
