"""Snapshots: the totals of one revision by artist, DSP, territory, track and release, and the link to its rejects.

Glider left them in MongoDB. A list may be long (every track of a catalogue): it is read and written document by
document.
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

# Public names of the lists, and the dimension that each is in MongoDB.
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
CSV_COLUMNS = ("list", "name", "artist", "isrc", "upc", "revenue", "quantity", "rows", "share", "local_currency")


@dataclass(frozen=True)
class Snapshot:
    """The totals of `revision` of `file`; `header` is its document, without the rows of its lists."""

    file: SalesFile
    revision: int
    header: Document

    def rows(self, name: str, limit: int | None = None) -> Iterator[list[dict[str, Any]]]:
        """Yield the first `limit` rows of the list `name` (a key of `LISTS`), a document's rows at a time.

        The largest revenue is first. Raises DocumentsError when a document is missing: a list is never cut short
        silently.
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
        # By its id, not by a query: 12 ms instead of 164 for the top of each list with 100,000 tracks (docs/speed.md).
        id = snapshot_rows_id(self.header["_id"], self.header["job"], dimension, n)
        found = documents().get("snapshot_rows", id)
        if found is None:
            raise DocumentsError(f"{id} is not there")
        return found

    @property
    def checks(self) -> list[Any]:
        """Return the checks of the row while it has this revision's; of an older revision only Glider's."""
        newest = self.revision == self.file.revision and self.file.status in (Status.PROCESSED, Status.FINALIZED)
        return list(self.file.checks if newest else self.header.get("checks", []))

    @property
    def rates(self) -> list[Any]:
        """Return the rates by which this revision's net became revenue; none for one of an earlier version of OAS."""
        live = self.revision == self.file.live_revision
        return list((self.file.live_rates if live else self.file.rates) or [])

    def head(self) -> dict[str, Any]:
        """Return all of the answer but the lists."""
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
            "local_currency": self.file.organisation.currency,
            "exchange_rates": self.rates,
            "checks": self.checks,
            "warnings": header.get("warnings", []),
        }


def visible_revision(file: SalesFile) -> int | None:
    """Return the revision whose totals are shown: the live one, else one that waits for review, else None."""
    if file.live_revision is None and file.status == Status.PROCESSED:
        return file.revision
    return file.live_revision


def find_snapshot(file: SalesFile) -> Snapshot:
    """Return the snapshot of the visible revision of `file`. Raises `SnapshotNotReady`, DocumentsError."""
    revision = visible_revision(file)
    header = documents().get("snapshots", snapshot_id(file.uuid, revision)) if revision else None
    if revision is None or header is None:
        text = f"There are no totals yet: the sales file is {file.status}."
        raise SnapshotNotReady(text, status=file.status)
    return Snapshot(file=file, revision=revision, header=header)


def as_json(snapshot: Snapshot, names: Sequence[str], limit: int | None = None) -> Iterator[str]:
    """Yield one JSON object in pieces: the head, then up to `limit` rows of each list in `names`."""
    head = json.dumps(snapshot.head(), ensure_ascii=False)
    yield head[:-1]
    for name in names:
        yield f", {json.dumps(name)}: ["
        for n, rows in enumerate(snapshot.rows(name, limit)):
            yield (", " if n else "") + json.dumps(rows, ensure_ascii=False)[1:-1]
        yield "]"
    yield "}"


def as_csv(snapshot: Snapshot, names: Sequence[str], limit: int | None = None) -> Iterator[str]:
    """Yield one table (RFC 4180) in pieces, with up to `limit` rows of each list in `names`.

    Its column `list` names the list of a line.
    """
    currency = snapshot.file.organisation.currency
    yield _lines([CSV_COLUMNS])
    for name in names:
        for rows in snapshot.rows(name, limit):
            yield _lines(_cells(name, {**row, "local_currency": currency}) for row in rows)


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
    """Return a link, good for 15 minutes, to the gzipped CSV of the rejected lines of `file`.

    Each has its number, its reason and the line as it was. Raises `NoRejects`.
    """
    if not file.rejects_key:
        raise NoRejects("No line of this sales file was rejected.")
    return storage().presigned_get(file.rejects_key, expires=LINK_SECONDS, filename=f"{file.uuid}-rejects.csv.gz")
