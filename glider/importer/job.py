"""The importer job around the import itself: cleaned lines come from S3; Parquet goes to the lake, totals to MongoDB.

Published in an order that a reader never meets half of: Parquet and rows of totals, then sales, and the header last.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from glider.canonical.parquet_text import as_interned
from glider.canonical.staged_lines import path_of
from glider.contract import ImporterMessage, ImporterResult
from glider.heartbeat import Heartbeat
from glider.importer.pipeline import Imported, import_lines, result
from glider.importer.totals import documents_of
from oas.kernel import object_keys
from oas.kernel.documents import Document, documents, sales_id, snapshot_id, snapshot_rows_id
from oas.kernel.storage import storage


def run_importer(message: ImporterMessage, folder: Path, beat: Heartbeat) -> ImporterResult:
    beat.progress(1, 0)
    lines = _fetched(message, folder / "lines.parquet")
    beat.progress(15, 0)
    imported = import_lines(lines, folder, message.exchange_rates)
    beat.progress(70, imported.whole.rows)
    part_keys, totals_key = _kept(message, imported)
    beat.progress(85, imported.whole.rows)
    outcome = result(imported, message.cleaning, part_keys, ImporterResult(job=message.job, totals_key=totals_key))
    _publish(message, imported, outcome)
    beat.progress(100, imported.whole.rows)
    return outcome


def _fetched(message: ImporterMessage, lines: Path) -> Path:
    """The cleaned lines, as cleaning left them (`glider.canonical.staged_lines`)."""
    if not message.cleaning.cleaned_by_period:
        storage().fetch(message.cleaned_key, lines)
        return lines
    lines.mkdir()
    files = {period: path_of(lines, period) for period in message.cleaning.periods}
    storage().fetch_all((_cleaned_key(message, period), path) for period, path in files.items())
    for path in files.values():
        as_interned(path)
    return lines


def _cleaned_key(message: ImporterMessage, period: str) -> str:
    place = (message.file.uuid, message.file.revision, message.cleaning.job, period)
    return object_keys.cleaned_period(message.organisation, *place)


def _kept(message: ImporterMessage, imported: Imported) -> tuple[dict[str, str], str]:
    """Parquet in S3 and rows of totals in MongoDB, both at once: nobody looks for either before there is a header."""
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(_publish_rows, message, imported)
        names = _upload(message, imported)
        rows.result()
    return names


def _upload(message: ImporterMessage, imported: Imported) -> tuple[dict[str, str], str]:
    """The key of each period's Parquet, and that of the totals by period."""
    place = (message.file.uuid, message.file.revision, message.job)
    totals_key = object_keys.totals(message.organisation, *place)
    names = {period: object_keys.sales(message.organisation, period, *place) for period in imported.parts}
    if imported.as_cleaned:
        storage().copy_all((_cleaned_key(message, period), key) for period, key in names.items())
    files = [] if imported.as_cleaned else [(imported.parts[period], key) for period, key in names.items()]
    storage().upload_all([*files, (imported.period_totals, totals_key)])
    return names, totals_key


def _publish_rows(message: ImporterMessage, imported: Imported) -> None:
    documents().write("snapshot_rows", list(_row_documents(message, imported)))


def _publish(message: ImporterMessage, imported: Imported, outcome: ImporterResult) -> None:
    """After `_publish_rows`: the sales, and the header by which everything is found. Run a second time, the job finds
    its sales: they may be live by now, and stay so."""
    store = documents()
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
    for part in outcome.parts:
        yield {
            "_id": sales_id(snapshot, job, part.period),
            "organisation": message.organisation,
            "file": message.file.id,
            "uuid": message.file.uuid,
            "revision": message.file.revision,
            "snapshot": snapshot,
            "job": job,
            "currencies": outcome.currencies,
            "live": False,
            **part.model_dump(mode="json"),
        }


def _header_fields(message: ImporterMessage, imported: Imported, outcome: ImporterResult) -> Document:
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
