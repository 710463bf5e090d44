"""Beginning an import: from a file at hand, or with a link that takes a large one."""

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
from catalogue.services.imports import staging
from catalogue.services.imports.read_rows import MOST_BYTES
from oas.api.refusals import BadValue
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage
from oas.tasks import send, send_on_commit

LINK_SECONDS = 15 * 60
UNSEEN = timedelta(seconds=60)  # without a sign of life, until an import is given out again
PREVIEWS_LAST = timedelta(days=1)
UPLOADS_LAST = timedelta(days=2)


def import_file(
    *, organisation: Organisation, path: Path, filename: str, preview: bool = False, actor: str = "", work: bool = True
) -> CatalogueImport:
    """Take over a file at hand; the worker begins at once (unless `work` is False: the caller runs it).

    Raises StorageError.
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
    """An import that waits for its content, and the link that takes exactly `filesize` bytes of it."""
    _refuse_size(filesize)
    row = _new(organisation, filename, preview, actor)
    row.save()
    return row, storage().presigned_put(row.key, expires=LINK_SECONDS, size=filesize)


def apply(*, row: CatalogueImport) -> CatalogueImport:
    """Go on: check the content that has been uploaded, or apply what has been previewed. Raises `InvalidState`."""
    if row.status == ImportStatus.WAITING:
        values: dict[str, Any] = {"status": ImportStatus.CHECKING, "etag": _uploaded(row)}
    elif row.status == ImportStatus.PREVIEWED:
        values = {"status": ImportStatus.APPLYING, "preview": False}
    else:
        raise _wrong_state(row)
    with transaction.atomic():
        same = CatalogueImport.everything.filter(pk=row.pk, status=row.status)
        if same.update(**values, updated_at=timezone.now()) != 1:
            row.refresh_from_db()
            raise _wrong_state(row)
        send_on_commit(Task.IMPORT, row.pk)
    row.refresh_from_db()
    return row


def delete_import(*, row: CatalogueImport) -> None:
    """Forget an import that is not at work; what it has brought into the catalogue stays. Raises `InvalidState`."""
    with transaction.atomic():
        found = CatalogueImport.everything.select_for_update(of=("self",)).filter(pk=row.pk).exclude(status__in=BUSY)
        if not found.exists():
            raise _wrong_state(row)
        staging.clear([row.pk])
        row.delete()
    storage().delete(row.key)


def sweep() -> None:
    """Give out again what no worker works on, and drop what nobody came back for."""
    now = timezone.now()
    for id in _unattended(now - UNSEEN):
        send(Task.IMPORT, id)
    forgotten = CatalogueImport.everything.filter(status=ImportStatus.PREVIEWED, updated_at__lt=now - PREVIEWS_LAST)
    staging.clear(forgotten.values_list("pk", flat=True)[:100])
    for row in CatalogueImport.everything.filter(status=ImportStatus.WAITING, created_at__lt=now - UPLOADS_LAST)[:100]:
        delete_import(row=row)


def _unattended(before: datetime) -> list[int]:
    """Imports at work whose row nobody holds; marked as seen."""
    with transaction.atomic():
        rows = CatalogueImport.everything.select_for_update(skip_locked=True, of=("self",))
        ids = [row.pk for row in rows.filter(status__in=BUSY, updated_at__lt=before).order_by("updated_at")[:100]]
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
