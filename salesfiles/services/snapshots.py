"""Totals of a sales file by artist, DSP, territory, track and release, as Glider left them in MongoDB.

A list may be long (every track of a catalogue): it is read and written document by document.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from oas.cells import harmless
from oas.documents import ROWS_PER_DOCUMENT, Document, documents, snapshot_id
from salesfiles.errors import SnapshotNotReady
from salesfiles.models import SalesFile
from salesfiles.status import Status

LISTS = {
    "byArtist": "artist",
    "byDSP": "dsp",
    "byTerritory": "territory",
    "byTrack": "track",
    "byRelease": "release",
}
_ALWAYS = ("name", "revenue", "quantity", "rows", "share")
_SOME = ("artist", "isrc", "upc")
_TEXTS = ("name", *_SOME)
CSV_COLUMNS = ("list", "name", "artist", "isrc", "upc", "revenue", "quantity", "rows", "share")


@dataclass(frozen=True)
class Snapshot:
    file: SalesFile
    revision: int
    header: Document

    def rows(self, name: str, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Rows of the list `name` (a key of `LISTS`), largest revenue first."""
        query = {"snapshot": self.header["_id"], "job": self.header["job"], "dimension": LISTS[name]}
        left = limit if limit is not None else -1
        most = -(-limit // ROWS_PER_DOCUMENT) if limit else 0
        for document in documents().find("snapshot_rows", query, sort="n", limit=most):
            for row in document["rows"] if left < 0 else document["rows"][:left]:
                yield _public(row)
            left = left if left < 0 else max(0, left - len(document["rows"]))

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
        for n, row in enumerate(snapshot.rows(name, limit)):
            yield (", " if n else "") + json.dumps(row, ensure_ascii=False)
        yield "]"
    yield "}"


def as_csv(snapshot: Snapshot, names: Sequence[str], limit: int | None = None) -> Iterator[str]:
    """One table (RFC 4180) with the lists under each other; `list` says which a line is of."""
    yield _lines([CSV_COLUMNS])
    for name in names:
        for row in snapshot.rows(name, limit):
            yield _lines([_cells(name, row)])


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _ALWAYS} | {name: row[name] for name in _SOME if row.get(name)}


def _cells(name: str, row: dict[str, Any]) -> list[str]:
    cells = {column: _text(row.get(column)) for column in CSV_COLUMNS[1:]}
    return [name, *(harmless(cell) if column in _TEXTS else cell for column, cell in cells.items())]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _lines(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
