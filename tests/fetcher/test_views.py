from __future__ import annotations

from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from fetcher.models import Batch
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, folder_link, presigned_link

pytestmark = pytest.mark.django_db(transaction=True)

BATCHES = "/api/files/upload_automatically/"
FOLDERS = "/api/files/watched_folders/"


def test_a_link_is_accepted_before_google_is_asked(alice_api: APIClient, drive: Drive) -> None:
    answer = alice_api.post(BATCHES, {"url": folder_link(drive.folder("Label"))})
    assert (answer.status_code, answer.json()) == (202, {"id": answer.json()["id"], "status": "LISTING", "files": 0})
    assert answer["Location"].endswith(f"{BATCHES}{answer.json()['id']}/")
    assert drive.asked == []


def test_a_body_without_a_link_is_refused(alice_api: APIClient, drive: Drive) -> None:
    for body in ({}, {"url": ""}, {"url": None}, {"url": ["a"]}, {"url": "not a link"}):
        answer = alice_api.post(BATCHES, body)
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "url")


def test_a_drive_link_is_refused_without_access_to_google(
    alice_api: APIClient, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_GOOGLE_API_KEY", "")
    config.cache_clear()
    answer = alice_api.post(BATCHES, {"url": folder_link(drive.folder("Label"))})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "google_not_set_up")


def test_a_folder_is_watched_once(alice_api: APIClient, charlie_api: APIClient, drive: Drive) -> None:
    url = folder_link(drive.folder("Label"))
    assert [alice_api.post(FOLDERS, {"url": url}).status_code for _ in range(2)] == [201, 400]
    assert charlie_api.post(FOLDERS, {"url": url}).status_code == 201


def test_a_presigned_link_is_accepted_and_its_signature_never_shown(
    alice_api: APIClient, drive: Drive, worker: Worker
) -> None:
    url = presigned_link(csv("1.00"))
    answer = alice_api.post(BATCHES, {"url": url})
    assert (answer.status_code, answer.json()["status"], answer.json()["files"]) == (202, "LISTING", 0)
    worker.run()
    body = alice_api.get(f"{BATCHES}{answer.json()['id']}/").json()
    assert (body["status"], body["files"], body["progress"]["percent"]) == ("DONE", 1, 100)
    assert body["url"] == url.split("?")[0] + "?…"
    assert "Signature" not in str(body)


def test_form_data_is_taken(alice_api: APIClient, drive: Drive, worker: Worker) -> None:
    form = urlencode({"url": presigned_link(csv("1.00"))})
    answer = alice_api.post(BATCHES, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 202
    assert alice_api.post(BATCHES, {"url": presigned_link(csv("2.00"))}, format="multipart").status_code == 202


def test_a_zip_is_refused_with_the_rule(alice_api: APIClient, drive: Drive) -> None:
    answer = alice_api.post(BATCHES, {"url": presigned_link(b"PK", "all.zip")})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["attr"]) == (400, "zip_link", "url")
    assert "must not lead to a zip file" in error["detail"]
    assert not Batch.everything.exists()
