"""Documents in MongoDB: collections, ids, indexes.

Each carries `written_at`: when it was last written, in seconds since 1970 (not every server returns dates as such).
Amounts are decimal strings. The id of a document is made of what it is about, so that writing it again replaces it.
Only operations that every MongoDB-compatible server has are used: insert_many, find, replace_one and update_one by
`_id`, update_many, delete_many, create_index, find-sort-limit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from oas.kernel.config import GliderConfig, glider_config

Document = dict[str, Any]
ROWS_PER_DOCUMENT = 1000  # a list is cut into documents of this many rows, or fewer where their texts are long
BYTES_PER_DOCUMENT = 4 * 1024**2  # of text: MongoDB takes no document of 16 MB
FIRST_ROWS = 100  # the first document of a list has no more: it is all that most readers want

_NOTHING = (None, "")
TRIES = 3  # of adding documents, while another process adds some of them
BATCH = 500  # documents that are asked for, or named, in one request

# Some servers use no index of several fields: for them there is one of the first alone, where a collection is large.
INDEXES: dict[str, list[list[str]]] = {
    "files": [["organisation", "mongo_db_id"]],
    "snapshots": [["organisation", "file"]],
    "snapshot_rows": [["snapshot", "job", "dimension", "n"], ["snapshot"]],
    "sales": [["organisation", "period"], ["snapshot"], ["uuid"]],
    "line_sketches": [["source", "period"], ["source"], ["snapshot"]],
    "report_snapshots": [["organisation"]],
    "report_rows": [["report", "n"], ["report"]],
    "summaries": [["organisation"]],
    "formats": [],
}


class DocumentsError(Exception):
    """MongoDB did not answer, or refused a write."""


def file_id(organisation: int, mongo_db_id: str) -> str:
    """The id in `files` of the document of a sales file."""
    return f"{organisation}:{mongo_db_id}"


def snapshot_id(uuid: str, revision: int) -> str:
    """The id in `snapshots`: one document per sales file and revision."""
    return f"{uuid}-r{revision}"


def snapshot_rows_id(snapshot: str, job: str, dimension: str, n: int) -> str:
    """The id in `snapshot_rows` of document `n` (from 0) of a snapshot's list by `dimension`."""
    return f"{snapshot}:{job}:{dimension}:{n}"


def sales_id(snapshot: str, job: str, period: str) -> str:
    """The id in `sales`: one document per snapshot, importer job and `period` (YYYY-MM)."""
    return f"{snapshot}:{job}:{period}"


def report_rows_id(report: str, n: int) -> str:
    """The id in `report_rows` of document `n` (from 0) of a report's list."""
    return f"{report}:{n}"


def rows_of(document: Document, names: Sequence[str] | None = None) -> list[Document]:
    """The rows in a document of a list, each without its empty values; only the values in `names`, in that order."""
    # Rows are written as `columns`, a list of values by name, which halves the work of servers and clients. Documents
    # of earlier versions have them as `rows`.
    if "columns" not in document:
        return [{name: row[name] for name in names or row if row.get(name) not in _NOTHING} for row in document["rows"]]
    columns = document["columns"]
    return as_rows(columns if names is None else {name: columns[name] for name in names if name in columns})


def as_rows(columns: Mapping[str, Sequence[Any]]) -> list[Document]:
    """The rows of `columns`, lists of one length by name; each row without its nulls."""
    names, rows = tuple(columns), zip(*columns.values(), strict=True)
    if not any(None in values for values in columns.values()):
        return [dict(zip(names, row, strict=True)) for row in rows]
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]


class Documents:
    """The database of one installation. Methods raise `DocumentsError`."""

    def __init__(self, config: GliderConfig) -> None:
        self.client: MongoClient[Document] = MongoClient(
            config.mongo_url.get_secret_value(),
            # A client connects at its first use, so that a worker that forks later shares no connection.
            connect=False,
            serverSelectionTimeoutMS=5000,
            connectTimeoutMS=5000,
            socketTimeoutMS=60_000,
        )
        self.database = self.client[config.mongo_database]

    def collection(self, name: str) -> Collection[Document]:
        return self.database[name]

    def ensure_indexes(self) -> None:
        """Create the indexes of `INDEXES`. Idempotent."""
        with _errors():
            for name, indexes in INDEXES.items():
                for fields in indexes:
                    self.collection(name).create_index([(field, 1) for field in fields])

    def get(self, name: str, id: str) -> Document | None:
        """The document `id` of the collection `name`."""
        with _errors():
            return self.collection(name).find_one({"_id": id})

    def replace(self, name: str, document: Document) -> None:
        """Write `document` in place of the one with its `_id`, or as a new one."""
        with _errors():
            self.collection(name).replace_one({"_id": document["_id"]}, _stamped(document), upsert=True)

    def write(self, name: str, documents: list[Document]) -> None:
        """Write many documents in place of those with their ids: a job that runs again writes the same ones."""
        if documents and not self._inserted(name, documents):
            for document in documents:
                self.replace(name, document)

    def add(self, name: str, documents: list[Document]) -> None:
        """Write those of `documents` that are not there yet; the others stay, as they may have been changed since.

        Raises `DocumentsError` when some are not there after `TRIES` attempts.
        """
        missing = documents
        for _ in range(TRIES):
            if not missing or self._inserted(name, missing):
                return
            missing = self._missing(name, missing)
        if missing:
            raise DocumentsError(f"{len(missing)} documents of {name} were not written")

    def _inserted(self, name: str, documents: list[Document]) -> bool:
        """Insert `documents`. Returns False when some are there already; of the others some may have been written."""
        try:
            with _errors():
                self.collection(name).insert_many([_stamped(document) for document in documents], ordered=False)
        except DocumentsError as error:
            if not isinstance(error.__cause__, BulkWriteError):
                raise
            return False
        return True

    def _missing(self, name: str, documents: list[Document]) -> list[Document]:
        known: set[str] = set()
        for start in range(0, len(documents), BATCH):
            ids = [document["_id"] for document in documents[start : start + BATCH]]
            known.update(each["_id"] for each in self.find(name, {"_id": {"$in": ids}}))
        return [document for document in documents if document["_id"] not in known]

    def update(self, name: str, id: str, fields: Document) -> None:
        """Set `fields` of the document `id`, which is created when there is none."""
        with _errors():
            self.collection(name).update_one({"_id": id}, {"$set": _stamped(fields)}, upsert=True)

    def update_all(self, name: str, ids: Sequence[str], fields: Document) -> None:
        """Set `fields` of the documents with these `ids`."""
        # Found by id, because some servers scan the whole collection for any other field.
        with _errors():
            for start in range(0, len(ids), BATCH):
                some = list(ids[start : start + BATCH])
                self.collection(name).update_many({"_id": {"$in": some}}, {"$set": _stamped(fields)})

    def find(self, name: str, query: Document, *, sort: str | None = None, limit: int = 0) -> Iterator[Document]:
        """The documents that `query` finds, by the field `sort` in ascending order; `limit` 0: all of them."""
        with _errors():
            cursor = self.collection(name).find(query)
            if sort is not None:
                cursor = cursor.sort(sort, 1)
            yield from cursor.limit(limit)

    def walk(self, name: str, fields: Sequence[str]) -> Iterator[Document]:
        """Every document of the collection `name`, with `fields` only."""
        with _errors():
            yield from self.collection(name).find({}, dict.fromkeys(fields, 1)).batch_size(BATCH)

    def delete(self, name: str, query: Document) -> int:
        """Delete the documents that `query` finds; returns how many there were."""
        with _errors():
            return self.collection(name).delete_many(query).deleted_count

    def ping(self) -> None:
        """Raise `DocumentsError` when the server cannot be reached."""
        with _errors():
            self.client.admin.command("ping")


def _stamped(document: Document) -> Document:
    return {**document, "written_at": int(time.time())}


class _errors:
    """Turn what pymongo raises into `DocumentsError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PyMongoError):
            raise DocumentsError(str(error)) from error


@lru_cache(maxsize=1)
def documents() -> Documents:
    """One client per process, made at first use, so that a forked worker opens connections of its own."""
    return Documents(glider_config())
