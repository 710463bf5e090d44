"""Imports over HTTP, and from the command line."""

from __future__ import annotations

import csv
import io
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import CatalogueImport, ImportProblem, Track
from catalogue.services.imports import run_import
from oas.kernel.storage import storage
from tests.catalogue.importing import import_text, isrc

ROUTE = "/api/catalogue/import/"
TEXT = f"ISRC,Title,Genre\n{isrc(1)},Night Bus,pop\nnonsense,x,\n"


def send(api: APIClient, text: str = TEXT, query: str = "", **fields: Any) -> Any:
    file = SimpleUploadedFile("my catalogue.csv", text.encode(), content_type="text/csv")
    return api.post(f"{ROUTE}{query}", {"file": file, **fields}, format="multipart")


def work(id: int) -> CatalogueImport:
    run_import.run(id)
    return CatalogueImport.everything.get(pk=id)


def test_a_file_is_taken_and_imported_by_the_worker(
    alice_api: APIClient, organisation: Organisation, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr("oas.tasks.send", lambda task, id, delay=0: sent.append((task, id)))
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(alice_api)
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert sent == [("catalogue.import", body["id"])]
    assert answer["Location"].endswith(f"{ROUTE}{body['id']}/")
    assert (body["status"], body["filename"], body["created_by"]) == ("CHECKING", "my catalogue.csv", "alice")
    assert (body["presigned_url"], body["progress"]) == (None, {"percent": 0, "rows": 0})
    work(body["id"])
    done = alice_api.get(f"{ROUTE}{body['id']}/").json()
    assert (done["status"], done["total_rows"], done["valid_rows"], done["error_rows"]) == ("DONE", 2, 1, 1)
    assert (done["columns"], done["ignored"]) == ({"isrc": "ISRC", "title": "Title"}, ["Genre"])
    assert done["counts"]["tracks_created"] == 1
    assert done["progress"] == {"percent": 100, "rows": 2}
    assert Track.objects.of(organisation).get().title == "Night Bus"


@pytest.mark.parametrize(("query", "fields"), [("?preview=1", {}), ("?preview=true", {}), ("", {"preview": "1"})])
def test_a_preview_shows_and_waits(
    alice_api: APIClient, organisation: Organisation, query: str, fields: dict[str, Any]
) -> None:
    id = send(alice_api, query=query, **fields).json()["id"]
    assert work(id).status == "PREVIEWED"
    shown = alice_api.get(f"{ROUTE}{id}/preview/").json()
    assert shown["counts"] == {"tracks_new": 1, "tracks_known": 0, "releases_new": 0, "releases_known": 0}
    assert [(row["row"], row["isrc"], row["title"]) for row in shown["rows"]] == [(2, isrc(1), "Night Bus")]
    assert not Track.objects.of(organisation).exists()
    assert alice_api.post(f"{ROUTE}{id}/apply/").json()["status"] == "APPLYING"
    again = alice_api.post(f"{ROUTE}{id}/apply/")
    assert again.status_code == 409
    error = again.json()["errors"][0]
    assert (error["code"], error["status"]) == ("invalid_state", "APPLYING")
    assert work(id).status == "DONE"
    assert alice_api.post(f"{ROUTE}{id}/apply/").status_code == 409


def test_a_large_file_goes_by_a_link(alice_api: APIClient, organisation: Organisation) -> None:
    answer = alice_api.post(ROUTE, {"filename": "big.csv", "filesize": len(TEXT)})
    assert answer.status_code == 202
    id, url = answer.json()["id"], answer.json()["presigned_url"]
    early = alice_api.post(f"{ROUTE}{id}/apply/")
    assert (early.status_code, early.json()["errors"][0]["status"]) == (409, "WAITING")
    request = urllib.request.Request(url, data=TEXT.encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=10) as put:
        assert put.status == 200
    assert alice_api.post(f"{ROUTE}{id}/apply/").json()["status"] == "CHECKING"
    assert work(id).status == "DONE"
    assert Track.objects.of(organisation).count() == 1


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("file", "required")),
        ({"filename": "a.csv"}, ("file", "required")),
        ({"filename": "a.csv", "filesize": 0}, ("filesize", "min_value")),
        ({"filename": "a.csv", "filesize": 2**40}, ("filesize", "max_value")),
        ({"filename": "a.csv", "filesize": 10, "preview": "maybe"}, ("preview", "invalid")),
        ({"file": "text"}, ("file", "invalid")),
    ],
)
def test_a_bad_request_is_refused(
    alice_api: APIClient, organisation: Organisation, body: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = alice_api.post(ROUTE, body)
    assert answer.status_code == 400
    assert [(error["attr"], error["code"]) for error in answer.json()["errors"]] == [problem]
    assert not CatalogueImport.objects.of(organisation).exists()


def test_an_empty_file_is_refused(alice_api: APIClient) -> None:
    answer = send(alice_api, text="")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "empty")


def test_the_name_of_a_file_is_data(alice_api: APIClient, organisation: Organisation) -> None:
    file = SimpleUploadedFile("../../=evil();.csv", TEXT.encode())
    body = alice_api.post(ROUTE, {"file": file}, format="multipart").json()
    row = CatalogueImport.objects.of(organisation).get()
    assert body["filename"] == row.filename == "=evil();.csv"
    assert row.key == f"organisation={organisation.pk}/imports/{row.uuid}/evil_.csv"


def test_errors_are_listed_and_can_be_downloaded(
    alice_api: APIClient, organisation: Organisation, tmp_path: Path
) -> None:
    lines = [
        "ISRC,Title,UPC",
        "=cmd|' /C calc'!A0,x,",
        f"{isrc(1)},Fine,",
        f"{isrc(2)},y,036000291453",
        "-1,z,@SUM(A1)",
    ]
    row = import_text(organisation, tmp_path, "\n".join(lines))
    page = alice_api.get(f"{ROUTE}{row.pk}/errors/", {"page_size": 2}).json()
    assert page["count"] == 4
    assert page["results"] == [
        {
            "row": 2,
            "column": "isrc",
            "code": "bad_isrc",
            "reason": "Not an ISRC: two letters, three letters or digits, seven digits (QZAAA2500001).",
            "value": "=cmd|' /C calc'!A0",
        },
        {
            "row": 4,
            "column": "upc",
            "code": "bad_check_digit",
            "reason": "The check digit of this UPC or EAN is wrong.",
            "value": "036000291453",
        },
    ]
    download = alice_api.get(f"{ROUTE}{row.pk}/errors/", {"format": "csv"})
    assert download["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in download["Content-Disposition"]
    cells = list(csv.reader(io.StringIO(b"".join(download.streaming_content).decode())))  # type: ignore[attr-defined]
    assert cells[0] == ["row", "column", "code", "reason", "value"]
    assert [(line[0], line[2], line[4]) for line in cells[1:]] == [
        ("2", "bad_isrc", "'=cmd|' /C calc'!A0"),
        ("4", "bad_check_digit", "036000291453"),
        ("5", "bad_isrc", "'-1"),
        ("5", "bad_upc", "'@SUM(A1)"),
    ]


def test_an_import_is_deleted_with_its_file(alice_api: APIClient, organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, TEXT)
    assert storage().head(row.key).size == len(TEXT)
    assert alice_api.delete(f"{ROUTE}{row.pk}/").status_code == 204
    assert not ImportProblem.objects.exists()
    assert list(storage().list(row.key)) == []
    assert Track.objects.of(organisation).count() == 1


def test_imports_are_listed(alice_api: APIClient, organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, TEXT)
    import_text(organisation, tmp_path, "no table")
    assert [row["status"] for row in alice_api.get(ROUTE).json()["results"]] == ["FAILED", "DONE"]
    assert alice_api.get(ROUTE, {"status": "FAILED"}).json()["count"] == 1


# --- the command ---
