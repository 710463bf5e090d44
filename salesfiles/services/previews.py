"""Previews: what Glider sees in an uploaded file before anything of it is imported."""

from __future__ import annotations

from dataclasses import dataclass

from glider.contract import PreviewResult, ProposedMapping
from layouts.services import previews
from layouts.services.layout_sets import published_set
from salesfiles.errors import UploadMissing
from salesfiles.models import SalesFile
from salesfiles.services.messages import source_of
from salesfiles.services.uploads import find_upload
from salesfiles.status import Status


@dataclass(frozen=True)
class UnknownFile:
    """A file that no layout knows.

    `rows`: its first rows, split into cells by Glider; `key`: its object in S3; `proposal`: a mapping of its columns.
    """

    filename: str
    key: str
    rows: list[list[str]]
    proposal: ProposedMapping | None = None

    @property
    def likely_header(self) -> int:
        """Return the index of the row that was proposed as header, or else of the first of the widest rows."""
        if self.proposal is not None and self.proposal.header_line <= len(self.rows):
            return self.proposal.header_line - 1
        widths = [len([cell for cell in row if cell.strip()]) for row in self.rows]
        return widths.index(max(widths)) if widths else 0

    def cells(self) -> list[str]:
        """Return every text that could name a column, those of the likeliest header first."""
        rows = [self.rows[self.likely_header], *self.rows] if self.rows else []
        return list(dict.fromkeys(cell for row in rows for cell in row if cell.strip()))


def preview(file: SalesFile) -> PreviewResult | None:
    """Return the preview of `file`; None while Glider works on it.

    Raises `UploadMissing`, `UploadIncomplete`, StorageError.
    """
    etag, size = _content(file)
    return previews.preview(
        source_of(file),
        organisation=file.organisation_id,
        raw_key=file.raw_key,
        raw_etag=etag,
        raw_size=size,
        layout_set=published_set(file.organisation_id),
        answers=file.answers,
    )


def file_to_map(id: int) -> SalesFile | None:
    """Return the sales file `id` of any organisation, whose columns may be mapped by hand; None without content."""
    return SalesFile.everything.filter(pk=id, deleted_at=None).exclude(raw_etag="").first()


def unknown_file(file: SalesFile, seen: PreviewResult) -> UnknownFile | None:
    """Return the rows of the member or sheet that a mapping is proposed for, or else of the first that was not
    recognised; None when there is nothing to map."""
    part = seen.proposal.part if seen.proposal else None
    members = [member for member in seen.seen if member.rows and part in (None, member.part)]
    if not members:
        return None
    return UnknownFile(filename=file.filename, key=file.raw_key, rows=members[0].rows, proposal=seen.proposal)


def _content(file: SalesFile) -> tuple[str, int]:
    """Return ETag and size of the upload, as pinned, else as S3 has it now."""
    if file.status == Status.INITIALIZED:
        raise UploadMissing("Nothing has been uploaded to the link yet.")
    if file.raw_etag:
        return file.raw_etag, file.raw_size or 0
    found = find_upload(file)
    return found.etag, found.size
