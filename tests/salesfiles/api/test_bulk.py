"""The bulk action: one result for each file."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from jobs.models import Job
from jobs.services import dispatch
from layouts.services import layout_sets
from tests.salesfiles.glider_stand_in import cleaning_file, finalized_file, new_file, put, uploaded_file

ROUTE = "/api/files/salesfiles/process/"


def test_each_file_has_its_own_result(
    alice_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    ready, empty, busy = uploaded_file(organisation), new_file(organisation), cleaning_file(organisation)
    foreign = uploaded_file(other_organisation)
    ids = [ready.pk, empty.pk, busy.pk, foreign.pk, 10**9]
    answer = alice_api.post(ROUTE, {"ids": ids, "action": "clean"})
    assert answer.status_code == 202
    results = answer.json()["results"]
    assert [result["id"] for result in results] == ids
    assert results[0] == {"id": ready.pk, "status": "CLEANING", "presigned_url": None, "error": None}
    assert [result["error"] and result["error"]["code"] for result in results] == [
        None, "invalid_transition", "invalid_transition", "not_found", "not_found",
    ]  # fmt: skip
    assert results[1]["status"] == "INITIALIZED"
    assert results[1]["error"]["actions"] == ["upload"]
    foreign.refresh_from_db()
    assert foreign.status == "UPLOADING"


def test_upload_gives_a_link_to_each(alice_api: APIClient, organisation: Organisation) -> None:
    files = [new_file(organisation, filesize=3) for _ in range(2)]
    results = alice_api.post(ROUTE, {"ids": [file.pk for file in files], "action": "upload"}).json()["results"]
    assert [put(result["presigned_url"], b"abc") for result in results] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_layouts_are_read_and_jobs_dispatched_once_for_ten_files(
    alice_api: APIClient, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    _listen(monkeypatch, layout_sets, "live_versions", asked)
    _listen(monkeypatch, dispatch, "_claim", asked)
    files = [uploaded_file(organisation) for _ in range(12)]
    answer = alice_api.post(ROUTE, {"ids": [file.pk for file in files], "action": "clean"})
    assert {result["status"] for result in answer.json()["results"]} == {"CLEANING"}
    assert sorted(asked) == ["_claim"] * 2 + ["live_versions"] * 2
    jobs = Job.objects.of(organisation).order_by("created_at")
    assert {job.message["formats"] for job in jobs} == {layout_sets.published_set(organisation.pk)}


def _listen(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, asked: list[str]) -> None:
    call = getattr(module, name)

    def counted(*args: Any, **options: Any) -> Any:
        asked.append(name)
        return call(*args, **options)

    monkeypatch.setattr(module, name, counted)


def test_a_file_named_twice_is_moved_once(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    results = alice_api.post(ROUTE, {"ids": [file.pk, file.pk], "action": "reimport"}).json()["results"]
    assert [result["status"] for result in results] == ["CLEANING"]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "action": "clean"},
        {"action": "clean"},
        {"ids": [1]},
        {"ids": ["x"], "action": "clean"},
        {"ids": [0], "action": "clean"},
        {"ids": list(range(1, 102)), "action": "clean"},
        {"ids": [1], "action": "complete"},
        {"ids": [1], "action": "explode"},
    ],
)
def test_a_request_that_makes_no_sense_is_400(alice_api: APIClient, body: Any) -> None:
    assert alice_api.post(ROUTE, body).status_code == 400


def test_form_data_is_taken_as_well(alice_api: APIClient, organisation: Organisation) -> None:
    files = [uploaded_file(organisation), uploaded_file(organisation)]
    body = {"ids": [file.pk for file in files], "action": "clean"}
    results = alice_api.post(ROUTE, body, format="multipart").json()["results"]
    assert [result["status"] for result in results] == ["CLEANING", "CLEANING"]
