"""What Glider sees in an uploaded file, before anything is imported."""

from __future__ import annotations

from glider.contract import PreviewResult
from layouts.services.layout_sets import published_set
from layouts.services.previews import ask
from layouts.services.unknown import UnknownFile
from salesfiles.errors import UploadMissing
from salesfiles.models import SalesFile
from salesfiles.services.jobs import source_of
from salesfiles.services.uploads import find_upload
from salesfiles.status import Status


def preview(file: SalesFile) -> PreviewResult | None:
    """None while Glider has not answered. Raises `UploadMissing`, `UploadIncomplete`, `StorageError`."""
    return ask(
        source_of(file),
        organisation=file.organisation_id,
        raw_key=file.raw_key,
        raw_etag=_etag(file),
        formats=published_set(file.organisation_id),
    )


def unknown_rows(id: int) -> UnknownFile | None:
    """For mapping by hand: the first part of a sales file that Glider did not recognise."""
    file = SalesFile.everything.filter(pk=id, deleted_at=None).exclude(raw_etag="").first()
    found = preview(file) if file else None
    if file is None or found is None or not any(part.rows for part in found.seen):
        return None
    rows = next(part.rows for part in found.seen if part.rows)
    return UnknownFile(filename=file.filename, key=file.raw_key, rows=rows)


def _etag(file: SalesFile) -> str:
    if file.status == Status.INITIALIZED:
        raise UploadMissing("Nothing has been uploaded to the link yet.")
    return file.raw_etag or find_upload(file).etag
