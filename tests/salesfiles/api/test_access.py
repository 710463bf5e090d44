"""Every route of sales files, asked by everyone: Charlie is of another organisation and finds nothing, ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.api.urls import urlpatterns
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import finalized_file, new_file

# route name, method, path below the file, body; whether it changes something; what Alice gets
ROUTES = [
    ("salesfile-detail", "get", "", None, False, 200),
    ("salesfile-detail", "patch", "", {"reporting_period": "2025-02"}, True, 200),
    ("salesfile-detail", "delete", "", None, True, 204),
    ("salesfile-history", "get", "history/", None, False, 200),
    ("salesfile-rejects", "get", "rejects/", None, False, 200),
    ("salesfile-snapshot", "get", "snapshot/", None, False, 200),
    ("salesfile-snapshot", "get", "snapshot/?format=csv", None, False, 200),
    ("salesfile-process", "post", "process/", {"action": "reimport"}, True, 202),
]
# Tested below, and in tests/salesfiles/test_previews.py.
OTHERS = {"salesfile-list", "salesfile-process-several", "salesfile-preview"}
IDS = [f"{method} {path or 'detail'}" for _, method, path, _, _, _ in ROUTES]
every_route = pytest.mark.parametrize(("name", "method", "path", "body", "changes", "answer"), ROUTES, ids=IDS)


@pytest.fixture
def file(organisation: Organisation) -> SalesFile:
    return finalized_file(organisation)


def ask(api: APIClient, file: SalesFile, method: str, path: str, body: Any) -> Any:
    return getattr(api, method)(f"/api/files/salesfiles/{file.pk}/{path}", body)


def unchanged(file: SalesFile) -> bool:
    now = SalesFile.everything.get(pk=file.pk)
    return (now.version, now.deleted_at, now.jobs.count()) == (file.version, None, 2)


def test_no_route_is_left_out() -> None:
    names = {route.name for route in urlpatterns if isinstance(route, URLPattern)}
    assert names == {name for name, *_ in ROUTES} | OTHERS


@every_route
def test_alice_may(
    alice_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(alice_api, file, method, path, body).status_code == answer


@every_route
def test_bob_may(
    bob_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(bob_api, file, method, path, body).status_code == answer


@every_route
def test_an_api_key_may(
    key_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(key_api, file, method, path, body).status_code == answer


@every_route
def test_charlie_finds_nothing(
    charlie_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    found = ask(charlie_api, file, method, path, body)
    assert (found.status_code, found.json()["errors"][0]["code"]) == (404, "not_found")
    assert unchanged(file)


@every_route
def test_charlie_cannot_name_another_organisation(
    charlie_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    address = f"/api/files/salesfiles/{file.pk}/{path}"
    found = getattr(charlie_api, method)(address, body, HTTP_X_ORGANISATION=str(file.organisation_id))
    assert found.status_code == 404
    assert unchanged(file)


@every_route
def test_a_request_without_a_login_is_401(
    anonymous_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(anonymous_api, file, method, path, body).status_code == 401
    assert unchanged(file)


@every_route
def test_a_viewer_only_looks(
    viewer_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(viewer_api, file, method, path, body).status_code == (403 if changes else answer)
    assert unchanged(file)


@every_route
def test_a_reading_key_only_reads(
    read_key_api: APIClient, file: SalesFile, name: str, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert ask(read_key_api, file, method, path, body).status_code == (403 if changes else answer)
    assert unchanged(file)


NEW = {"filename": "a.csv", "filetype": "CSV", "filesize": 1, "mongo_db_id": "0" * 24}
BULK = "/api/files/salesfiles/process/"


def test_charlie_lists_only_his_own(charlie_api: APIClient, file: SalesFile, other_organisation: Organisation) -> None:
    own = new_file(other_organisation)
    body = charlie_api.get("/api/files/salesfiles/").json()
    assert [found["id"] for found in body["results"]] == [own.pk]
    for query in (f"search={file.uuid}", f"search={file.mongo_db_id}", "status=FINALIZED"):
        assert charlie_api.get(f"/api/files/salesfiles/?{query}").json()["count"] == 0


def test_charlie_moves_nothing_with_others(charlie_api: APIClient, file: SalesFile) -> None:
    body = charlie_api.post(BULK, {"ids": [file.pk], "action": "reimport"}).json()
    assert body["results"][0]["error"]["code"] == "not_found"
    assert unchanged(file)


@pytest.mark.parametrize(("api", "status"), [("anonymous_api", 401), ("viewer_api", 403), ("read_key_api", 403)])
def test_only_members_create(request: pytest.FixtureRequest, organisation: Organisation, api: str, status: int) -> None:
    asking: APIClient = request.getfixturevalue(api)
    assert asking.post("/api/files/salesfiles/", NEW).status_code == status
    assert asking.post(BULK, {"ids": [1], "action": "clean"}).status_code == status
    assert not SalesFile.objects.of(organisation).exists()


def test_a_list_without_a_login_is_401(anonymous_api: APIClient) -> None:
    assert anonymous_api.get("/api/files/salesfiles/").status_code == 401


def test_who_may_look_may_list(viewer_api: APIClient, read_key_api: APIClient, file: SalesFile) -> None:
    assert viewer_api.get("/api/files/salesfiles/").json()["count"] == 1
    assert read_key_api.get("/api/files/salesfiles/").json()["count"] == 1


@pytest.mark.parametrize("id", ["0", "999999999", "99999999999999999999999"])
def test_an_id_that_is_none_is_404(alice_api: APIClient, id: str) -> None:
    assert alice_api.get(f"/api/files/salesfiles/{id}/").status_code == 404
