"""The start of an import, from a file at hand or with a link for a large one; its application, deletion and sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from catalogue.choices import Task
from catalogue.errors import InvalidState
from catalogue.models import BUSY, CatalogueImport, ImportStatus
from catalogue.services.imports import staged_rows
from catalogue.services.imports.read_rows import MOST_BYTES
from oas.api.refusals import BadValue
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage
from oas.tasks import send, send_on_commit

LINK_SECONDS = 15 * 60
UNATTENDED = timedelta(seconds=60)  # without a change of its row, after which an import is sent to a worker again
PREVIEWS_LAST = timedelta(days=1)  # after which the staged rows of a preview are removed
MOST_SWEPT = 100  # of each kind, by one sweep
UPLOADS_LAST = timedelta(days=2)  # after which an import without content is deleted


def import_file(
    *, organisation: Organisation, path: Path, filename: str, preview: bool = False, actor: str = "", work: bool = True
) -> CatalogueImport:
    """Upload the file at `path` and start its import. With `work=False` no worker is sent for; the caller runs it.

    Raises StorageError, and `BadValue` for a file of more than `MOST_BYTES`.
    """
    _refuse_size(path.stat().st_size)
    row = _new(organisation, filename, preview, actor)
    storage().upload(path, row.key)
    row.etag = storage().head(row.key).etag
    row.status = ImportStatus.CHECKING
    row.save()
    if work:
        send_on_commit(Task.IMPORT, row.pk)
    return row


def expect_file(
    *, organisation: Organisation, filename: str, filesize: int, preview: bool = False, actor: str = ""
) -> tuple[CatalogueImport, str]:
    """Create an import that waits for its content; returns it and a link that takes exactly `filesize` bytes.

    Raises `BadValue` for more than `MOST_BYTES`.
    """
    _refuse_size(filesize)
    row = _new(organisation, filename, preview, actor)
    row.save()
    return row, storage().presigned_put(row.key, expires=LINK_SECONDS, size=filesize)


def apply(*, row: CatalogueImport) -> CatalogueImport:
    """Check the content that has been uploaded, or apply the rows that were previewed. Raises `InvalidState`."""
    if row.status == ImportStatus.WAITING:
        values: dict[str, Any] = {"status": ImportStatus.CHECKING, "etag": _uploaded(row)}
    elif row.status == ImportStatus.PREVIEWED:
        values = {"status": ImportStatus.APPLYING, "preview": False}
    else:
        raise _wrong_state(row)
    with transaction.atomic():
        # Conditional on the status that was read: of two requests at once one changes the row, the other is refused.
        same = CatalogueImport.everything.filter(pk=row.pk, status=row.status)
        if same.update(**values, updated_at=timezone.now()) != 1:
            row.refresh_from_db()
            raise _wrong_state(row)
        send_on_commit(Task.IMPORT, row.pk)
    row.refresh_from_db()
    return row


def delete_import(*, row: CatalogueImport) -> None:
    """Delete an import with its file; its changes of the catalogue stay. Raises `InvalidState` while it runs."""
    with transaction.atomic():
        found = CatalogueImport.everything.select_for_update(of=("self",)).filter(pk=row.pk).exclude(status__in=BUSY)
        if not found.exists():
            raise _wrong_state(row)
        staged_rows.clear([row.pk])
        row.delete()
    storage().delete(row.key)


def sweep() -> None:
    """Send imports without a worker to one again, and remove previews and uploads that were abandoned. Idempotent."""
    now = timezone.now()
    for id in _unattended(now - UNATTENDED):
        send(Task.IMPORT, id)
    abandoned = CatalogueImport.everything.filter(status=ImportStatus.PREVIEWED, updated_at__lt=now - PREVIEWS_LAST)
    # Only those with rows: a preview that was cleared stays PREVIEWED, and must not take the place of one that was not.
    staged_rows.clear(staged_rows.with_rows(abandoned)[:MOST_SWEPT])
    unfilled = CatalogueImport.everything.filter(status=ImportStatus.WAITING, created_at__lt=now - UPLOADS_LAST)
    for row in unfilled[:MOST_SWEPT]:
        delete_import(row=row)


def _unattended(before: datetime) -> list[int]:
    """Return imports at work whose row no process has locked, and touch their rows.

    The worker of an import keeps its row locked (run_import), so `skip_locked` finds those without one.
    """
    with transaction.atomic():
        rows = CatalogueImport.everything.select_for_update(skip_locked=True, of=("self",))
        ids = [
            row.pk for row in rows.filter(status__in=BUSY, updated_at__lt=before).order_by("updated_at")[:MOST_SWEPT]
        ]
        CatalogueImport.everything.filter(pk__in=ids).update(updated_at=timezone.now())
    return ids


def _new(organisation: Organisation, filename: str, preview: bool, actor: str) -> CatalogueImport:
    uuid = uuid4()
    return CatalogueImport(
        organisation=organisation,
        uuid=uuid,
        filename=filename,
        key=object_keys.catalogue_import(organisation.pk, uuid, filename),
        preview=preview,
        created_by=actor,
    )


def _uploaded(row: CatalogueImport) -> str:
    try:
        return storage().head(row.key).etag
    except ObjectAbsent:
        raise InvalidState("The content has not been uploaded yet.", status=row.status) from None


def _refuse_size(size: int) -> None:
    if size > MOST_BYTES:
        raise BadValue(f"No import may have more than {MOST_BYTES} bytes.", attr="file", code="too_large")


def _wrong_state(row: CatalogueImport) -> InvalidState:
    return InvalidState(f"The import is {row.status}.", status=row.status)
