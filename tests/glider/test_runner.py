"""Jobs run on the real store, documents and Redis; OAS is an HTTP server that notes what is rung."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import pytest
from standardwebhooks import Webhook

from glider import heartbeat, runner
from glider.contract import (
    CleaningMessage,
    ImporterMessage,
    ImporterResult,
    Module,
    SourceFile,
    lease_key,
    progress_key,
)
from glider.notifier import MEANWHILE, Notifier
from oas.kernel import object_keys
from oas.kernel.config import glider_config
from oas.kernel.documents import documents, rows_of, snapshot_id
from oas.kernel.storage import ObjectAbsent, storage
from tests.glider.driving import distrokid

ORGANISATION = 77
CONTENT = distrokid(
    "2025-06|Spotify|Song One|QZAAA2500001||3|0.5",
    "2025-07|iTunes|Song Two|QZAAA2500002||-1|-0.69",
    "2025-07|iTunes|Song Two|QZAAA2500002||1|broken",
).encode()


class Oas:
    """Stands where OAS would: answers `status` and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.answers = threading.Event()  # it answers once this is set
        self.answers.set()
        self.bells: list[tuple[dict[str, str], bytes]] = []
        oas = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                oas.answers.wait(30)
                oas.bells.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(oas.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def oas() -> Iterator[Oas]:
    server = Oas()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def cleaning(oas: Oas) -> CleaningMessage:
    """The job of a file that has just been uploaded."""
    job, uuid = uuid4(), uuid4().hex[:8]
    key = object_keys.raw(ORGANISATION, uuid, "sales.tsv", 1)
    storage().client.put_object(Bucket=storage().bucket, Key=key, Body=CONTENT)
    return CleaningMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=object_keys.result(ORGANISATION, job),
        callback_url=oas.url,
        file=SourceFile(id=5, uuid=uuid, mongo_db_id="a" * 24, revision=1, filename="sales.tsv"),
        raw_key=key,
        raw_etag=storage().head(key).etag,
        raw_size=len(CONTENT),
        cleaned_key=object_keys.cleaned(ORGANISATION, uuid, 1, job),
        rejects_key=object_keys.rejects(ORGANISATION, uuid, 1, job),
    )


def importer(cleaning: CleaningMessage) -> ImporterMessage:
    """The job that follows, as OAS would make it from the cleaning's result."""
    job = uuid4()
    return ImporterMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=object_keys.result(ORGANISATION, job),
        callback_url=cleaning.callback_url,
        file=cleaning.file,
        cleaned_key=cleaning.cleaned_key,
        exchange_rates={"USD": Decimal("1")},
        cleaning=storage().get_json(cleaning.result_key),
    )


def run(message: CleaningMessage | ImporterMessage) -> dict[str, Any]:
    runner.run_message(message.model_dump(mode="json"))
    result: dict[str, Any] = storage().get_json(message.result_key)
    return result


def stored(prefix: str) -> dict[str, str]:
    return {item.key: item.etag for item in storage().list(prefix)}


def test_a_job_leaves_its_result_and_rings_a_signed_bell(cleaning: CleaningMessage, oas: Oas) -> None:
    result = run(cleaning)
    headers, body = oas.bells[0]
    Webhook(glider_config().webhook_secret[0].get_secret_value()).verify(body, headers)
    assert json.loads(body) == {
        "type": "job.finished",
        "job": str(cleaning.job),
        "organisation": ORGANISATION,
        "module": "cleaning",
        "status": "succeeded",
    }
    assert (result["layout"], result["accepted"], result["rejected"]) == ("distrokid", 2, 1)
    assert result["net_accepted"] == "-0.190000000000000000"
    assert result["rejects_key"] == cleaning.rejects_key


def test_both_modules_leave_parquet_totals_and_sales_behind(cleaning: CleaningMessage) -> None:
    run(cleaning)
    message = importer(cleaning)
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


def test_rows_of_totals_are_the_same_by_column_and_as_earlier_versions_kept_them(cleaning: CleaningMessage) -> None:
    run(cleaning)
    kept: list[dict[str, list[dict[str, Any]]]] = []
    for by_column in (False, True):
        message = importer(cleaning).model_copy(update={"may_be_by_column": by_column})
        run(message)
        found = list(documents().find("snapshot_rows", {"job": str(message.job)}))
        assert {("columns" in document, "rows" in document) for document in found} == {(by_column, not by_column)}
        kept.append({document["dimension"]: rows_of(document) for document in found})
    before, now = kept
    assert now == before
    assert [(row["name"], row["quantity"], row["isrc"]) for row in now["track"]] == [
        ("Song One", 3, "QZAAA2500001"),
        ("Song Two", -1, "QZAAA2500002"),
    ]


def test_a_job_run_again_writes_nothing_anew_and_rings_again(cleaning: CleaningMessage, oas: Oas) -> None:
    run(cleaning)
    before = stored(object_keys.organisation(ORGANISATION))
    run(cleaning)
    assert stored(object_keys.organisation(ORGANISATION)) == before
    assert len(oas.bells) == 2


def test_a_job_run_twice_at_once_leaves_what_one_run_leaves(cleaning: CleaningMessage) -> None:
    run(cleaning)
    message = importer(cleaning)
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


def test_a_job_that_died_half_way_is_finished_by_the_next_run(
    cleaning: CleaningMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cleaning)
    message = importer(cleaning)
    with monkeypatch.context() as patch:
        patch.setattr(documents(), "update", _die)
        with pytest.raises(KeyboardInterrupt):
            run(message)
    result = run(message)
    assert result["total_local"] == "-0.190000000000000000"
    assert len(list(documents().find("sales", {"snapshot": snapshot_id(cleaning.file.uuid, 1)}))) == 2


def _die(*args: object, **options: object) -> None:
    raise KeyboardInterrupt  # as abrupt as it gets without ending the test's own process


def test_an_object_swapped_after_its_check_is_not_read(cleaning: CleaningMessage) -> None:
    storage().client.put_object(Bucket=storage().bucket, Key=cleaning.raw_key, Body=CONTENT + b"more")
    result = run(cleaning)
    assert (result["status"], result["cause"]) == ("failed", "object_changed")


def test_a_file_that_is_gone_fails_by_name(cleaning: CleaningMessage) -> None:
    storage().delete(cleaning.raw_key)
    result = run(cleaning)
    assert (result["status"], result["cause"]) == ("failed", "object_absent")


def test_a_bug_fails_the_job_without_telling_paths_or_values(
    cleaning: CleaningMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*args: object) -> None:
        raise ValueError("secret value in /some/path")

    monkeypatch.setitem(runner.RUNNERS, Module.CLEANING, bug)
    result = run(cleaning)
    assert (result["status"], result["cause"], result["message"]) == ("failed", "error", runner.OWN_FAULT)
    assert result["detail"].startswith("ValueError at ")
    assert "secret" not in json.dumps(result)


def test_a_store_that_is_down_leaves_no_result_and_rings_nothing(cleaning: CleaningMessage, oas: Oas) -> None:
    absent = cleaning.model_copy(update={"result_key": "x" * 2000})  # refused by every store
    runner.run_message(absent.model_dump(mode="json"))
    assert oas.bells == []


def test_a_bell_that_is_not_answered_is_rung_again_and_then_left_to_the_sweep(
    cleaning: CleaningMessage, oas: Oas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glider.notifier.WAITS", (0.0, 0.0, 0.0))
    oas.status = 503
    run(cleaning)
    assert len(oas.bells) == 4
    assert len({headers["webhook-id"] for headers, _ in oas.bells}) == 1


def test_a_refusal_is_final(cleaning: CleaningMessage, oas: Oas) -> None:
    oas.status = 409
    run(cleaning)
    assert len(oas.bells) == 1


def test_a_message_that_is_none_is_dropped() -> None:
    runner.run_message({"module": "cleaning", "job": "x"})


def test_a_running_job_keeps_a_lease_that_ends_with_it() -> None:
    job = UUID(int=9)
    with heartbeat.heartbeat(job) as beat:
        assert heartbeat.connection().get(lease_key(job)) == b"1"
        beat.progress(40, 1000)
        beat.progress(41, 1001)  # a moment later: not worth telling
    assert heartbeat.connection().get(lease_key(job)) is None
    assert json.loads(heartbeat.connection().get(progress_key(job)) or b"") == {"percent": 40, "rows": 1000}


def test_a_message_of_a_newer_oas_is_left_to_a_newer_worker(cleaning: CleaningMessage, oas: Oas) -> None:
    runner.run_message(cleaning.model_copy(update={"version": 99}).model_dump(mode="json"))
    assert oas.bells == []
    with pytest.raises(ObjectAbsent):
        storage().head(cleaning.result_key)


def test_a_job_does_not_wait_until_oas_has_answered_the_one_before(cleaning: CleaningMessage, oas: Oas) -> None:
    oas.answers.clear()
    notifier = Notifier()
    for _ in range(MEANWHILE):
        runner.run_message(cleaning.model_dump(mode="json"), notifier.notify)
    third = threading.Thread(target=runner.run_message, args=(cleaning.model_dump(mode="json"), notifier.notify))
    third.start()
    third.join(timeout=1)
    assert (len(oas.bells), third.is_alive()) == (0, True)  # as many as may be unanswered are
    oas.answers.set()
    third.join(timeout=30)
    notifier.finish()
    assert len(oas.bells) == MEANWHILE + 1


def test_a_bell_that_fails_in_its_own_thread_makes_room_for_the_next(
    cleaning: CleaningMessage, oas: Oas, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier = Notifier()
    monkeypatch.setattr("glider.notifier._headers", _fail)
    for _ in range(2 * MEANWHILE):
        runner.run_message(cleaning.model_dump(mode="json"), notifier.notify)
    notifier.finish()
    assert oas.bells == []


def _fail(*_: object) -> dict[str, str]:
    raise ValueError
