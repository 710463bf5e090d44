"""The totals of a revision as JSON and CSV, and the link to its rejected lines."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.documents import DocumentsError, documents, snapshot_rows_id
from salesfiles.models import SalesFile
from salesfiles.services.processing import reimport
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    failed_file,
    finalized_file,
    finish,
    imported,
    job_of,
    leave,
    leave_documents,
    new_file,
    processed_file,
    total,
)

TRACKS = [total(f"Track {n}", str(5000 - n), isrc=f"DEA{n:09}", artist="Aurora", upc="") for n in range(2500)]


def snapshot(api: APIClient, file: SalesFile, **query: Any) -> Any:
    return api.get(f"/api/files/salesfiles/{file.pk}/snapshot/", query)


def read(answer: Any) -> Any:
    assert answer.status_code == 200
    return json.loads(answer.getvalue())


@pytest.fixture
def file(organisation: Organisation) -> SalesFile:
    """FINALIZED, with two artists, one track list of three documents, and nothing else."""
    file = finalized_file(organisation, reporting_period="2025-01")
    job = job_of(file)
    artists = [total("Aurora", "3.00", quantity=3, share="0.8"), total("=cmd()", "0.75", share="0.2")]
    leave_documents(job, imported(job), {"artist": artists, "track": TRACKS})
    return file


# --- JSON ---


def test_a_snapshot_has_its_head_and_the_five_lists(alice_api: APIClient, file: SalesFile) -> None:
    answer = snapshot(alice_api, file)
    assert answer["Content-Type"] == "application/json"
    body = read(answer)
    assert {name: value for name, value in body.items() if not name.startswith(("by", "checks"))} == {
        "id": file.pk,
        "mongo_db_id": file.mongo_db_id,
        "revision": 1,
        "status": "FINALIZED",
        "reporting_period": "2025-01",
        "periods": ["2025-01"],
        "currency": "USD",
        "total_rows": 2,
        "total_local": "3.75",
        "warnings": [],
        "local_currency": "USD",
        "exchange_rates": file.live_rates,
    }
    assert body["checks"] == file.checks
    assert list(body)[-5:] == ["byArtist", "byDSP", "byTerritory", "byTrack", "byRelease"]
    assert body["byArtist"] == [
        {"name": "Aurora", "revenue": "3.00", "quantity": 3, "rows": 2, "share": "0.8"},
        {"name": "=cmd()", "revenue": "0.75", "quantity": 2, "rows": 2, "share": "0.2"},
    ]
    assert body["byDSP"] == body["byTerritory"] == body["byRelease"] == []


def test_a_long_list_comes_whole_and_in_order(alice_api: APIClient, file: SalesFile) -> None:
    rows = read(snapshot(alice_api, file))["byTrack"]
    assert [row["name"] for row in rows] == [track["name"] for track in TRACKS]
    assert rows[0] == {
        "name": "Track 0", "revenue": "5000", "quantity": 2, "rows": 2, "share": "1", "artist": "Aurora",
        "isrc": "DEA000000000",
    }  # fmt: skip


@pytest.mark.parametrize("limit", [1, 99, 100, 101, 1100, 1101, 2500, 9999])
def test_limit_cuts_each_list(alice_api: APIClient, file: SalesFile, limit: int) -> None:
    body = read(snapshot(alice_api, file, limit=limit))
    assert [row["name"] for row in body["byTrack"]] == [track["name"] for track in TRACKS[:limit]]
    assert len(body["byArtist"]) == min(2, limit)


def test_a_list_with_a_missing_document_is_not_cut_short_silently(alice_api: APIClient, file: SalesFile) -> None:
    id = snapshot_rows_id(f"{file.uuid}-r1", str(job_of(file).pk), "track", 1)
    documents().delete("snapshot_rows", {"_id": id})
    assert len(read(snapshot(alice_api, file, limit=100))["byTrack"]) == 100
    with pytest.raises(DocumentsError, match=id):
        read(snapshot(alice_api, file))


def test_only_takes_the_named_lists(alice_api: APIClient, file: SalesFile) -> None:
    body = read(snapshot(alice_api, file, only="byArtist, byDSP"))
    assert [name for name in body if name.startswith("by")] == ["byArtist", "byDSP"]


@pytest.mark.parametrize(
    ("query", "attr"),
    [({"only": "byLabel"}, "only"), ({"limit": 0}, "limit"), ({"limit": "x"}, "limit"), ({"format": "xml"}, "format")],
)
def test_a_question_that_makes_no_sense_is_400(
    alice_api: APIClient, file: SalesFile, query: dict[str, Any], attr: str
) -> None:
    answer = snapshot(alice_api, file, **query)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, attr)


def test_rows_of_another_job_are_not_read(alice_api: APIClient, organisation: Organisation, file: SalesFile) -> None:
    other = finalized_file(organisation)
    stray = {"_id": "stray", "snapshot": f"{file.uuid}-r1", "job": str(job_of(other).pk), "dimension": "dsp", "n": 0}
    documents().replace("snapshot_rows", {**stray, "organisation": organisation.pk, "rows": [total("Stray", "1")]})
    assert read(snapshot(alice_api, file))["byDSP"] == []


# --- CSV ---


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def test_the_csv_has_all_lists_in_one_table(alice_api: APIClient, file: SalesFile) -> None:
    answer = snapshot(alice_api, file, format="csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{file.uuid}-r1.csv"'
    rows = table(answer)
    assert len(rows) == 2 + len(TRACKS)
    assert rows[0] == {
        "list": "byArtist", "name": "Aurora", "artist": "", "isrc": "", "upc": "", "revenue": "3.00", "quantity": "3",
        "rows": "2", "share": "0.8", "local_currency": "USD",
    }  # fmt: skip
    assert rows[-1]["isrc"] == "DEA000002499"


def test_text_is_made_harmless_and_numbers_stay_numbers(alice_api: APIClient, file: SalesFile) -> None:
    job = job_of(file)
    lines = [total("=HYPERLINK(1)", "-12.50", quantity=-3, share="-0.1", artist="@x", isrc="-1", upc="+49")]
    leave_documents(job, imported(job), {"release": lines})
    rows = list(table(snapshot(alice_api, file, format="csv", only="byRelease")))
    assert rows == [
        {
            "list": "byRelease", "name": "'=HYPERLINK(1)", "artist": "'@x", "isrc": "'-1", "upc": "'+49",
            "revenue": "-12.50", "quantity": "-3", "rows": "2", "share": "-0.1",
            "local_currency": "USD",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("name", ['say "hi"', "a,b", "line\nbreak", "semi;colon", "emoji 🎵"])
def test_a_name_survives_the_csv(alice_api: APIClient, file: SalesFile, name: str) -> None:
    job = job_of(file)
    leave_documents(job, imported(job), {"dsp": [total(name, "1")]})
    assert [row["name"] for row in table(snapshot(alice_api, file, format="csv", only="byDSP"))] == [name]


# --- which revision ---


@pytest.mark.parametrize("make", [new_file, cleaning_file, failed_file])
def test_without_totals_it_is_not_ready_and_names_the_status(
    alice_api: APIClient, organisation: Organisation, make: Any
) -> None:
    file = make(organisation)
    file.refresh_from_db()
    answer = snapshot(alice_api, file)
    assert answer.status_code == 404
    error = answer.json()["errors"][0]
    assert (error["code"], error["status"]) == ("snapshot_not_ready", file.status)


def test_what_waits_for_review_can_be_seen(alice_api: APIClient, organisation: Organisation) -> None:
    file = processed_file(organisation)
    body = read(snapshot(alice_api, file))
    assert (body["status"], body["revision"]) == ("PROCESSED", 1)
    assert [check["name"] for check in body["checks"] if not check["tied"]] == ["lines imported = lines accepted"]


def test_while_a_reimport_runs_or_fails_the_live_revision_is_shown(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    leave(job_of(file), imported(job_of(file)))
    body = read(snapshot(alice_api, file))
    assert (body["revision"], body["status"]) == (1, "PROCESSING")
    finish(job_of(file), failed(job_of(file)).model_copy(update={"module": "importer"}))
    assert read(snapshot(alice_api, file))["revision"] == 1


def test_after_a_reimport_the_new_revision_is_shown(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file))
    assert read(snapshot(alice_api, file))["revision"] == 2


# --- ETag ---


def test_a_snapshot_that_has_not_changed_is_304_without_a_look_at_the_totals(
    alice_api: APIClient, file: SalesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = snapshot(alice_api, file, limit=10)["ETag"]
    monkeypatch.setattr(documents(), "get", None)
    monkeypatch.setattr(documents(), "find", None)
    same = alice_api.get(f"/api/files/salesfiles/{file.pk}/snapshot/", {"limit": 10}, HTTP_IF_NONE_MATCH=etag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize(
    "query", [{}, {"limit": 11}, {"limit": 10, "only": "byArtist"}, {"limit": 10, "format": "csv"}]
)
def test_another_question_or_a_changed_file_has_another_etag(
    alice_api: APIClient, file: SalesFile, query: dict[str, Any]
) -> None:
    etag = snapshot(alice_api, file, limit=10)["ETag"]
    other = snapshot(alice_api, file, **query)["ETag"]
    reimport(file=file, actor="alice")
    changed = snapshot(alice_api, file, limit=10)["ETag"]
    assert len({etag, other, changed}) == 3


def test_a_snapshot_that_is_not_there_cannot_be_unchanged(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    answer = alice_api.get(f"/api/files/salesfiles/{file.pk}/snapshot/", HTTP_IF_NONE_MATCH="*")
    assert answer.status_code == 404


# --- rejects ---


ROUTE = "/api/files/salesfiles/"


def test_the_rejected_lines_come_by_link(alice_api: APIClient, organisation: Organisation) -> None:
    import httpx

    file = finalized_file(organisation)
    url = alice_api.get(f"{ROUTE}{file.pk}/rejects/").json()["url"]
    answer = httpx.get(url)
    assert (answer.status_code, answer.text) == (200, "{}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.uuid}-rejects.csv.gz"'


def test_without_rejected_lines_there_is_no_link(alice_api: APIClient, organisation: Organisation) -> None:
    answer = alice_api.get(f"{ROUTE}{new_file(organisation).pk}/rejects/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "no_rejects")
