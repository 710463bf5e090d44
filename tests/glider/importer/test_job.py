"""The importer job: what it stores, also when it runs twice or died half-way."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from glider.contract import CleaningMessage, ImporterResult
from oas.kernel import object_keys
from oas.kernel.documents import documents, rows_of, snapshot_id
from oas.kernel.storage import storage
from tests.glider.jobs import ORGANISATION, importer_message, run, stored


def test_an_import_stores_parquet_totals_and_sales(cleaning: CleaningMessage) -> None:
    run(cleaning)
    message = importer_message(cleaning)
    result = ImporterResult.model_validate(run(message))
    assert result.total_local == Decimal("-0.19")
    for part in result.parts:
        assert pl.read_parquet(storage().get_bytes(part.key)).height == part.rows
    snapshot = snapshot_id(cleaning.file.uuid, 1)
    header = documents().get("snapshots", snapshot)
    assert header is not None
    assert (header["rows_read"], header["total_rows"], header["total_local"], header["job"]) == (
        3,
        2,
        "-0.190000000000000000",
        str(message.job),
    )
    rows = {doc["dimension"]: rows_of(doc) for doc in documents().find("snapshot_rows", {"snapshot": snapshot})}
    assert [(row["name"], row["revenue"]) for row in rows["dsp"]] == [
        ("Spotify", "0.500000000000000000"),
        ("iTunes", "-0.690000000000000000"),
    ]
    sales = list(documents().find("sales", {"snapshot": snapshot}, sort="period"))
    assert [(doc["period"], doc["net"], doc["live"]) for doc in sales] == [
        ("2025-06", "0.500000000000000000", False),
        ("2025-07", "-0.690000000000000000", False),
    ]


def test_rows_of_totals_are_the_same_by_column_and_as_earlier_versions_stored_them(cleaning: CleaningMessage) -> None:
    run(cleaning)
    stored_rows: list[dict[str, list[dict[str, Any]]]] = []
    for by_column in (False, True):
        message = importer_message(cleaning).model_copy(update={"may_be_by_column": by_column})
        run(message)
        found = list(documents().find("snapshot_rows", {"job": str(message.job)}))
        assert {("columns" in document, "rows" in document) for document in found} == {(by_column, not by_column)}
        stored_rows.append({document["dimension"]: rows_of(document) for document in found})
    before, now = stored_rows
    assert now == before
    assert [(row["name"], row["quantity"], row["isrc"]) for row in now["track"]] == [
        ("Song One", 3, "QZAAA2500001"),
        ("Song Two", -1, "QZAAA2500002"),
    ]


def test_an_import_that_runs_three_times_at_once_stores_what_one_run_stores(cleaning: CleaningMessage) -> None:
    run(cleaning)
    message = importer_message(cleaning)
    threads = [threading.Thread(target=run, args=(message,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    snapshot = snapshot_id(cleaning.file.uuid, 1)
    parts = stored(object_keys.sales_folder(ORGANISATION))
    assert len([key for key in parts if cleaning.file.uuid in key]) == 2
    assert len(list(documents().find("sales", {"snapshot": snapshot}))) == 2
    assert len(list(documents().find("snapshot_rows", {"snapshot": snapshot}))) == 5


def test_an_import_that_died_half_way_is_finished_by_the_next_run(
    cleaning: CleaningMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cleaning)
    message = importer_message(cleaning)
    with monkeypatch.context() as patch:
        patch.setattr(documents(), "update", _die)
        with pytest.raises(KeyboardInterrupt):
            run(message)
    result = run(message)
    assert result["total_local"] == "-0.190000000000000000"
    assert len(list(documents().find("sales", {"snapshot": snapshot_id(cleaning.file.uuid, 1)}))) == 2


def _die(*args: object, **options: object) -> None:
    raise KeyboardInterrupt  # as abrupt as it gets without ending the test's own process
