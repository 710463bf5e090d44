"""Leftovers: objects, multipart uploads and documents that no row of the database needs any more.

Listings are read as they come, and their owners are looked up a batch at a time. Callers leave alone what is younger
than a safe age, as some objects exist a moment before their row does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from oas.kernel import object_keys
from oas.kernel.documents import Document, documents
from oas.kernel.object_keys import Kind, Name
from oas.kernel.storage import Upload, storage
from salesfiles.models import SalesFile
from salesfiles.services.uploads import forget_multipart
from salesfiles.status import Status
from upkeep.owners import FORMATS, INFORMATION, ROWS, SNAPSHOT, Owners

T = TypeVar("T")
MOST = 1000  # names in a batch: as many as S3 lists, and deletes, in one request
_SNAPSHOT = re.compile(r"([0-9a-f]{8})-r(\d+)")


@dataclass(frozen=True)
class Leftover:
    """An object, multipart upload or document that no row needs.

    `place`: the key, or collection and id; `why` no row needs it; `size`: bytes of an object; `remove`: how to remove
    an upload or a document, None for an object.
    """

    kind: str
    place: str
    why: str
    size: int = 0
    remove: Callable[[], object] | None = None


def batches(items: Iterator[T], size: int = MOST) -> Iterator[list[T]]:
    """Yield `items` in lists of `size`, the last one shorter."""
    while batch := list(islice(items, size)):
        yield batch


def prefixes() -> Iterator[str]:
    """Yield the prefixes that together hold every object: one for each organisation, and that of layouts."""
    yield from storage().folders("organisation=")
    yield "layouts/"


# --- objects ---


def leftover_objects(prefix: str, *, before: datetime) -> Iterator[Leftover]:
    """Yield the objects below `prefix` that no row needs and that were last written until `before`.

    Keys that OAS does not make are left alone. Raises StorageError.
    """
    for batch in batches(storage().list(prefix)):
        named = [(item, object_keys.read(item.key)) for item in batch if item.modified <= before]
        known = [(item, name) for item, name in named if name is not None]
        # The listing before the rows: an object that is listed has its row already, or is too young.
        owners = Owners.find(name for _, name in known)
        for item, name in known:
            if why := owners.why_unneeded(name, item.key):
                yield Leftover(name.kind, item.key, why, item.size)


def leftover_uploads(prefix: str, *, before: datetime) -> Iterator[Leftover]:
    """Yield the multipart uploads below `prefix` begun until `before` that no sales file waits for.

    Raises StorageError.
    """
    for batch in batches(storage().uploads(prefix)):
        old = [upload for upload in batch if upload.begun <= before]
        waiting = SalesFile.objects.unscoped().filter(status=Status.UPLOADING, raw_key__in=[each.key for each in old])
        known = set(waiting.values_list("raw_key", "upload_id"))
        for upload in old:
            if (upload.key, upload.id) not in known:
                yield _upload(upload)


def _upload(upload: Upload) -> Leftover:
    forget = partial(forget_multipart, upload.key, upload.id)
    return Leftover("upload", upload.key, "no sales file waits for it", remove=forget)


def remove_all(found: Sequence[Leftover]) -> None:
    """Remove `found`, all objects in one request. Raises StorageError, DocumentsError."""
    storage().delete(*[each.place for each in found if each.remove is None])
    for each in found:
        if each.remove is not None:
            each.remove()


# --- documents ---


def _file_of(document: Document) -> tuple[str, int]:
    found = _SNAPSHOT.fullmatch(str(document.get("snapshot", document["_id"])))
    return (found[1], int(found[2])) if found else ("", 0)


def _information(document: Document) -> Name:
    return Name(INFORMATION, document.get("organisation", 0), str(document.get("uuid", "")))


def _snapshot(document: Document) -> Name:
    return Name(SNAPSHOT, document.get("organisation", 0), *_file_of(document))


def _rows(document: Document) -> Name:
    return Name(ROWS, document.get("organisation", 0), *_file_of(document), str(document.get("job", "")))


def _report(document: Document) -> Name:
    return Name(Kind.REPORT, document.get("organisation", 0), str(document.get("report", document["_id"])))


def _formats(document: Document) -> Name:
    return Name(FORMATS, 0, str(document["_id"]))


# The collections of MongoDB, and how to read from a document what it belongs to.
COLLECTIONS: dict[str, Callable[[Document], Name]] = {
    "files": _information,
    "snapshots": _snapshot,
    "snapshot_rows": _rows,
    "sales": _rows,
    "line_sketches": _rows,
    "report_snapshots": _report,
    "report_rows": _report,
    "formats": _formats,
}
FIELDS = ("organisation", "uuid", "snapshot", "job", "report", "written_at")


def leftover_documents(collection: str, *, before: datetime) -> Iterator[Leftover]:
    """Yield the documents of `collection` that no row needs and that were last written until `before`.

    Raises DocumentsError.
    """
    for batch in batches(documents().walk(collection, FIELDS)):
        named = [(document, COLLECTIONS[collection](document)) for document in batch if _written(document) <= before]
        owners = Owners.find(name for _, name in named)
        for document, name in named:
            if why := owners.why_unneeded(name):
                yield _document(collection, document, why)


def _written(document: Document) -> datetime:
    # A document without `written_at` is from before that field was written, and so is old.
    return datetime.fromtimestamp(document.get("written_at", 0), UTC)


def _document(collection: str, document: Document, why: str) -> Leftover:
    # Removed only as it was read: another file may have taken its id since.
    same = {"_id": document["_id"]} | {name: document[name] for name in ("uuid", "job") if name in document}
    remove = partial(documents().delete, collection, same)
    return Leftover(f"document of {collection}", f"{collection}/{document['_id']}", why, remove=remove)
