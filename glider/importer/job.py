"""The importer job: fetches cleaned lines from S3, imports them, and stores sales objects in the lake and totals in
MongoDB. It also looks for other files that hold the same lines.

Idempotent. Stored in an order in which no reader finds a half: sales objects and rows of totals, then sketches, the
sales documents, and last the snapshot's header, by which all of them are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from glider.canonical.parquet_text import as_interned
from glider.canonical.staged_lines import path_of
from glider.contract import ImporterMessage, ImporterResult
from glider.heartbeat import Heartbeat
from glider.importer.overlaps import find_overlaps
from glider.importer.pipeline import Imported, import_lines, result
from glider.importer.totals import documents_of
from oas.kernel import object_keys
from oas.kernel.documents import Document, documents, sales_id, snapshot_id, snapshot_rows_id
from oas.kernel.storage import storage


def run_importer(message: ImporterMessage, folder: Path, beat: Heartbeat) -> ImporterResult:
    """Run the importer job of `message`, working in `folder`. Raises StorageError or DocumentsError."""
    beat.progress(1, 0)
    lines = _fetch_lines(message, folder / "lines.parquet")
    beat.progress(15, 0)
    imported = import_lines(lines, folder, message.exchange_rates)
    beat.progress(70, imported.whole.rows)
    keys, totals_key = _store(message, imported)
    beat.progress(80, imported.whole.rows)
    overlaps = find_overlaps(message, imported.files, folder)
    beat.progress(85, imported.whole.rows)
    blank = ImporterResult(job=message.job, totals_key=totals_key, overlaps=overlaps)
    outcome = result(imported, message.cleaning, keys, blank)
    _publish(message, imported, outcome)
    beat.progress(100, imported.whole.rows)
    return outcome


def _fetch_lines(message: ImporterMessage, lines: Path) -> Path:
    """Fetch the staged lines (`glider.canonical.staged_lines`) to `lines`, a file or a folder; returns `lines`."""
    if not message.cleaning.cleaned_by_period:
        storage().fetch(message.cleaned_key, lines)
        return lines
    lines.mkdir()
    files = {period: path_of(lines, period) for period in message.cleaning.periods}
    storage().fetch_all((_cleaned_key(message, period), path) for period, path in files.items())
    # Cleaning has hidden that the texts are interned, as these objects are copied to the lake unchanged.
    for path in files.values():
        as_interned(path)
    return lines


def _cleaned_key(message: ImporterMessage, period: str) -> str:
    place = (message.file.uuid, message.file.revision, message.cleaning.job, period)
    return object_keys.cleaned_period(message.organisation, *place)


def _store(message: ImporterMessage, imported: Imported) -> tuple[dict[str, str], str]:
    """Store Parquet in S3 and rows of totals in MongoDB; returns the keys as `_upload` does."""
    # Both at the same time, in either order: no reader looks for them before there is a header.
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(_store_rows, message, imported)
        keys = _upload(message, imported)
        rows.result()
    return keys


def _upload(message: ImporterMessage, imported: Imported) -> tuple[dict[str, str], str]:
    """Upload sales objects and the totals by period; returns period → key of its object, and the key of the totals."""
    place = (message.file.uuid, message.file.revision, message.job)
    totals_key = object_keys.totals(message.organisation, *place)
    keys = {period: object_keys.sales(message.organisation, period, *place) for period in imported.files}
    if imported.as_cleaned:
        storage().copy_all((_cleaned_key(message, period), key) for period, key in keys.items())
    files = [] if imported.as_cleaned else [(imported.files[period], key) for period, key in keys.items()]
    storage().upload_all([*files, (imported.period_totals, totals_key)])
    return keys, totals_key


def _store_rows(message: ImporterMessage, imported: Imported) -> None:
    documents().write("snapshot_rows", list(_row_documents(message, imported)))


def _publish(message: ImporterMessage, imported: Imported, outcome: ImporterResult) -> None:
    """Store the sales documents, then the snapshot's header. To be called after `_store`."""
    store = documents()
    # Added, not replaced: when the job runs again, its sales documents may be live by now, and have to stay so.
    store.add("sales", list(_sales_documents(message, outcome)))
    store.update("snapshots", _snapshot(message), _header_fields(message, imported, outcome))


def _snapshot(message: ImporterMessage) -> str:
    return snapshot_id(message.file.uuid, message.file.revision)


def _row_documents(message: ImporterMessage, imported: Imported) -> Iterator[Document]:
    snapshot, job = _snapshot(message), str(message.job)
    for dimension, totals in imported.totals.items():
        for n, rows in enumerate(documents_of(totals, imported.whole.revenue, by_column=message.may_be_by_column)):
            yield {
                "_id": snapshot_rows_id(snapshot, job, dimension, n),
                "organisation": message.organisation,
                "snapshot": snapshot,
                "job": job,
                "dimension": dimension,
                "n": n,
                **rows,
            }


def _sales_documents(message: ImporterMessage, outcome: ImporterResult) -> Iterator[Document]:
    snapshot, job = _snapshot(message), str(message.job)
    for sales in outcome.parts:
        yield {
            "_id": sales_id(snapshot, job, sales.period),
            "organisation": message.organisation,
            "file": message.file.id,
            "uuid": message.file.uuid,
            "revision": message.file.revision,
            "snapshot": snapshot,
            "job": job,
            "currencies": outcome.currencies,
            "live": False,
            **sales.model_dump(mode="json"),
        }


def _header_fields(message: ImporterMessage, imported: Imported, outcome: ImporterResult) -> Document:
    """The half of a snapshot's header that is known after the import."""
    checks = [check.model_dump() for check in (*message.cleaning.checks, *outcome.checks)]
    return {
        "organisation": message.organisation,
        "job": str(message.job),
        "currency": outcome.currencies[0] if len(outcome.currencies) == 1 else None,
        "currencies": outcome.currencies,
        "exchange_rates": {currency: format(rate, "f") for currency, rate in message.exchange_rates.items()},
        "total_rows": outcome.total_rows,
        "total_artists": outcome.total_artists,
        "total_local": format(outcome.total_local, "f"),
        "quantity": imported.whole.quantity,
        "counts": {dimension: totals.height for dimension, totals in imported.totals.items()},
        "checks": checks,
    }
