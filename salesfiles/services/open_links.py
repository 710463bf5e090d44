"""Open links: what has come by a link that was not declared, or came too late, is found by the sweep and removed.

A link whose length S3 does not check takes any number of bytes, and one whose upload was checked already can be used
again until it expires. What it brings counts among the bytes that the organisation has sent today.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.quotas import note_bytes
from glider.contract import Cause
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.models import SalesFile
from salesfiles.services.pinned_uploads import is_secured
from salesfiles.services.purging import uploads_in_use
from salesfiles.services.uploads import DELETED, forget_multipart, most_bytes, wrong_size
from salesfiles.status import Status

log = structlog.get_logger(__name__)


def with_open_links() -> QuerySet[SalesFile]:
    """Return the files to look at: those that wait for content, and those whose last link has just expired."""
    due = Q(status=Status.UPLOADING) | Q(link_until__lte=timezone.now())
    return SalesFile.objects.unscoped().filter(due, link_until__isnull=False, deleted_at=None)


def look_at(file: SalesFile) -> None:
    """Remove what a link of `file` has brought and nobody declared. Idempotent. Raises StorageError."""
    until = file.link_until
    if file.status == Status.UPLOADING:
        if found := _size(file):
            _remove_oversize(file, found)
    elif not _remove_strays(file):
        return
    if until is not None and until <= timezone.now():
        _forget_links(file, until)


def _forget_links(file: SalesFile, until: datetime) -> None:
    # Conditional on what was read: a link that is handed out meanwhile is looked at later.
    SalesFile.everything.filter(pk=file.pk, link_until=until).update(link_until=None)


def _size(file: SalesFile) -> int:
    """The bytes that lie in S3 for `file` and are more than it may have; else 0."""
    try:
        size = storage().head(file.raw_key).size
    except ObjectAbsent:
        size = 0
    parts = storage().parts_size(file.raw_key, file.upload_id) if file.upload_id else 0
    return size + parts if max(size, parts) > most_bytes(file) else 0


@transaction.atomic
def _remove_oversize(file: SalesFile, size: int) -> None:
    now = SalesFile.lock(file.pk)
    if (now.status, now.raw_key, now.upload_id) != (file.status, file.raw_key, file.upload_id):
        return
    if now.upload_id:
        forget_multipart(now.raw_key, now.upload_id)
    storage().delete(now.raw_key)
    note_bytes(now.organisation, size)
    text = wrong_size(now, size, DELETED).text
    now.change(status_cause=Cause.TOO_LARGE, error_message=text, upload_id="")
    log.info("oversize_removed", file=now.pk, size=size, declared=now.filesize)


@transaction.atomic
def _remove_strays(file: SalesFile) -> bool:
    """Remove every upload of `file` that nothing refers to; returns whether it could be decided."""
    now = SalesFile.lock(file.pk)
    # While one waits to be copied, another process may be making the copy: no row names it yet.
    if now.status == Status.UPLOADING or (now.status == Status.UPLOADED and not is_secured(now)):
        return False
    folder, used = object_keys.raw_folder(now.organisation_id, now.uuid), uploads_in_use(now)
    for upload in list(storage().uploads(folder)):
        forget_multipart(upload.key, upload.id)
    strays = [item for item in storage().list(folder) if item.key not in used]
    if strays:
        storage().delete(*[item.key for item in strays])
        late = [item for item in strays if not object_keys.is_pinned(item.key)]
        note_bytes(now.organisation, sum(item.size for item in late))
        log.info("strays_removed", file=now.pk, count=len(strays))
    return True
