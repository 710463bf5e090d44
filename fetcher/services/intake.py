"""The intake of an item: its sales file is created, filled, and then goes the way of a manual upload."""

from __future__ import annotations

import structlog
from django.db import OperationalError

from accounts.quotas import note_bytes
from fetcher.discard_reasons import Discard, Reason
from fetcher.models import ItemStatus
from fetcher.services.leases import UNFINISHED, Lease
from fetcher.sources.content import Content
from fetcher.transfer import Stored, store
from oas.api.refusals import QuotaReached, Refused
from oas.kernel.documents import DocumentsError
from oas.kernel.storage import StorageError
from salesfiles.errors import DuplicateFile
from salesfiles.models import SalesFile
from salesfiles.services.pinned_uploads import pin_upload
from salesfiles.services.processing import clean
from salesfiles.services.uploads import begin_upload, holds_content
from salesfiles.status import Status

log = structlog.get_logger(__name__)


def take_in(lease: Lease, content: Content, head: bytes) -> None:
    """Make `content` the sales file of the item and start its cleaning. `head` is its first bytes.

    Idempotent: steps that an earlier attempt has finished are left out. Raises `Discard`, `Stopped`, StorageError.
    """
    file = lease.sales_file(content.size or len(head))
    if file.status in UNFINISHED:
        _begin(lease, file)
        stored = store(file, content, lease.beat)
        _pin(lease, file, stored)
    lease.end(ItemStatus.FETCHED, size=file.raw_size or file.filesize)
    _clean(file, actor_of(lease))


def actor_of(lease: Lease) -> str:
    return lease.item.batch.requested_by


def _begin(lease: Lease, file: SalesFile) -> None:
    try:
        begin_upload(file, actor=actor_of(lease))
    except QuotaReached as error:
        raise Discard(Reason.BYTES_A_DAY, f"{error.text} Try it again tomorrow.") from error


def _pin(lease: Lease, file: SalesFile, stored: Stored) -> None:
    """Move the file from UPLOADING to UPLOADED. Raises `Discard` when the organisation has this content already."""
    if file.filesize != stored.size:  # the source had not stated it
        note_bytes(file.organisation, max(0, stored.size - file.filesize))
        file.change(filesize=stored.size)
    files = SalesFile.objects.of(file.organisation_id).filter(sha256=stored.sha256)
    first = files.filter(holds_content()).exclude(pk=file.pk).order_by("pk").first()
    if first is not None:
        raise Discard(Reason.DUPLICATE, DuplicateFile.naming(first.pk, first.filename).text)
    lease.beat(stored.size)
    try:
        pin_upload(file, actor=actor_of(lease))
    except DuplicateFile as error:
        raise Discard(Reason.DUPLICATE, error.text) from error


def _clean(file: SalesFile, actor: str) -> None:
    """Start cleaning. If a service is down, the sweep of sales files does it later, from UPLOADED."""
    if file.status != Status.UPLOADED:
        return
    try:
        clean(file=file, actor=actor)
    except (Refused, DocumentsError, StorageError, OperationalError, SalesFile.DoesNotExist) as error:
        log.warning("not_cleaned_yet", file=file.pk, error=str(error))
