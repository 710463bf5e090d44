"""Totals of a sales file by artist, DSP, territory, track and release, as Glider left them in MongoDB.

A list may be long (every track of a catalogue): it is read and written document by document.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from oas.kernel.csv_safety import harmless
from oas.kernel.documents import Document, DocumentsError, documents, rows_of, snapshot_id, snapshot_rows_id
from oas.kernel.storage import storage
from salesfiles.errors import NoRejects, SnapshotNotReady
from salesfiles.models import SalesFile
from salesfiles.status import Status

LISTS = {
    "byArtist": "artist",
    "byDSP": "dsp",
    "byTerritory": "territory",
    "byTrack": "track",
    "byRelease": "release",
}
LINK_SECONDS = 15 * 60
_ALWAYS = ("name", "revenue", "quantity", "rows", "share")
_SOME = ("artist", "isrc", "upc")
_TEXTS = ("name", *_SOME)
_UNKNOWN = dict.fromkeys(_ALWAYS)
CSV_COLUMNS = ("list", "name", "artist", "isrc", "upc", "revenue", "quantity", "rows", "share")


@dataclass(frozen=True)
class Snapshot:
    file: SalesFile
    revision: int
    header: Document

    def rows(self, name: str, limit: int | None = None) -> Iterator[list[dict[str, Any]]]:
        """Rows of the list `name` (a key of `LISTS`), largest revenue first, as many at a time as a document has.

        Raises `DocumentsError` when some of them are not there.
        """
        known = self.header["counts"][LISTS[name]]
        left = known if limit is None else min(limit, known)
        for n in count():
            if left <= 0:
                return
            rows = rows_of(self._document(LISTS[name], n), (*_ALWAYS, *_SOME))[:left]
            yield [{**_UNKNOWN, **row} for row in rows]
            left -= len(rows)

    def _document(self, dimension: str, n: int) -> Document:
        """By its id: a snapshot of many tracks has hundreds of others."""
        id = snapshot_rows_id(self.header["_id"], self.header["job"], dimension, n)
        found = documents().get("snapshot_rows", id)
        if found is None:
            raise DocumentsError(f"{id} is not there")
        return found

    @property
    def checks(self) -> list[Any]:
        """Glider's, and those made here over both modules while the revision is the file's newest."""
        newest = self.revision == self.file.revision and self.file.status in (Status.PROCESSED, Status.FINALIZED)
        return list(self.file.checks if newest else self.header.get("checks", []))

    def head(self) -> dict[str, Any]:
        """All but the lists."""
        header = self.header
        return {
            "id": self.file.pk,
            "mongo_db_id": self.file.mongo_db_id,
            "revision": self.revision,
            "status": self.file.status,
            "reporting_period": self.file.reporting_period,
            "periods": header.get("periods", []),
            "currency": header.get("currency", ""),
            "total_rows": header.get("total_rows", 0),
            "total_local": header.get("total_local", "0"),
            "checks": self.checks,
        }


def revision_of(file: SalesFile) -> int | None:
    """The revision in force, else the one that waits for review."""
    if file.live_revision is None and file.status == Status.PROCESSED:
        return file.revision
    return file.live_revision


def find_snapshot(file: SalesFile) -> Snapshot:
    """Raises `SnapshotNotReady`."""
    revision = revision_of(file)
    header = documents().get("snapshots", snapshot_id(file.uuid, revision)) if revision else None
    if revision is None or header is None:
        text = f"There are no totals yet: the sales file is {file.status}."
        raise SnapshotNotReady(text, status=file.status)
    return Snapshot(file=file, revision=revision, header=header)


def as_json(snapshot: Snapshot, names: Sequence[str], limit: int | None = None) -> Iterator[str]:
    """One JSON object, in pieces."""
    head = json.dumps(snapshot.head(), ensure_ascii=False)
    yield head[:-1]
    for name in names:
        yield f", {json.dumps(name)}: ["
        for n, rows in enumerate(snapshot.rows(name, limit)):
            yield (", " if n else "") + json.dumps(rows, ensure_ascii=False)[1:-1]
        yield "]"
    yield "}"


def as_csv(snapshot: Snapshot, names: Sequence[str], limit: int | None = None) -> Iterator[str]:
    """One table (RFC 4180) with the lists under each other; `list` says which a line is of."""
    yield _lines([CSV_COLUMNS])
    for name in names:
        for rows in snapshot.rows(name, limit):
            yield _lines(_cells(name, row) for row in rows)


def _cells(name: str, row: dict[str, Any]) -> list[str]:
    cells = {column: _text(row.get(column)) for column in CSV_COLUMNS[1:]}
    return [name, *(harmless(cell) if column in _TEXTS else cell for column, cell in cells.items())]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def rejects_link(file: SalesFile) -> str:
    """A link for 15 minutes to the CSV of the rejected lines: number, reason, and the line as it was.

    Raises `NoRejects`.
    """
    if not file.rejects_key:
        raise NoRejects("No line of this sales file was rejected.")
    return storage().presigned_get(file.rejects_key, expires=LINK_SECONDS, filename=f"{file.uuid}-rejects.csv.gz")
