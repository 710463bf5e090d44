"""Every route of links, asked by everybody: Charlie is of another organisation and finds nothing, ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern
from rest_framework.test import APIClient

from accounts.models import Organisation
from fetcher.api.urls import urlpatterns
from fetcher.models import Batch, WatchedFolder
from fetcher.services import batches, watched_folders
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import folder_link

BATCHES = "/api/files/upload_automatically/"
FOLDERS = "/api/files/watched_folders/"
# route name, method, address, whether it changes something, what Alice gets
ROUTES = [
    ("batch-detail", "get", BATCHES + "{batch}/", False, 200),
    ("batch-cancel", "post", BATCHES + "{batch}/cancel/", True, 200),
    ("batch-retry", "post", BATCHES + "{batch}/retry/", True, 409),
    ("watched-folder-detail", "get", FOLDERS + "{folder}/", False, 200),
    ("watched-folder-detail", "delete", FOLDERS + "{folder}/", True, 204),
]
LISTS = [("batch-list", BATCHES), ("watched-folder-list", FOLDERS)]
every_route = pytest.mark.parametrize(("name", "method", "address", "changes", "answer"), ROUTES)


@pytest.fixture
def things(organisation: Organisation, drive: Drive) -> dict[str, int]:
    url = folder_link(drive.folder("Label"))
    batch = batches.start(organisation=organisation, url=url)
    return {"batch": batch.pk, "folder": watched_folders.watch(organisation=organisation, url=url).pk}


def unchanged() -> bool:
    return [batch.status for batch in Batch.everything.all()] == ["LISTING"] and WatchedFolder.everything.count() == 1


def ask(api: APIClient, method: str, address: str, things: dict[str, int], **headers: Any) -> Any:
    return getattr(api, method)(address.format(**things), **headers)


def test_no_route_is_left_out() -> None:
    names = {route.name for route in urlpatterns if isinstance(route, URLPattern)}
    assert names == {name for name, *_ in ROUTES} | {name for name, _ in LISTS}


@every_route
@pytest.mark.parametrize("who", ["alice_api", "bob_api", "key_api"])
def test_members_may(
    request: pytest.FixtureRequest, things: dict[str, int],
    who: str, name: str, method: str, address: str, changes: bool, answer: int,
) -> None:  # fmt: skip
    assert ask(request.getfixturevalue(who), method, address, things).status_code == answer


@every_route
def test_charlie_finds_nothing(
    charlie_api: APIClient, organisation: Organisation, things: dict[str, int],
    name: str, method: str, address: str, changes: bool, answer: int,
) -> None:  # fmt: skip
    assert ask(charlie_api, method, address, things).status_code == 404
    assert ask(charlie_api, method, address, things, HTTP_X_ORGANISATION=str(organisation.pk)).status_code == 404
    assert unchanged()


@every_route
def test_strangers_and_readers_change_nothing(
    anonymous_api: APIClient, viewer_api: APIClient, read_key_api: APIClient, things: dict[str, int],
    name: str, method: str, address: str, changes: bool, answer: int,
) -> None:  # fmt: skip
    assert ask(anonymous_api, method, address, things).status_code == 401
    for api in (viewer_api, read_key_api):
        assert ask(api, method, address, things).status_code == (403 if changes else answer)
    assert unchanged()


@pytest.mark.parametrize(("name", "address"), LISTS)
def test_lists_hold_rows_of_the_own_organisation_only(
    alice_api: APIClient, charlie_api: APIClient, anonymous_api: APIClient, things: dict[str, int],
    name: str, address: str,
) -> None:  # fmt: skip
    assert (alice_api.get(address).json()["count"], charlie_api.get(address).json()["count"]) == (1, 0)
    assert anonymous_api.get(address).status_code == 401


@pytest.mark.parametrize(("api", "status"), [("anonymous_api", 401), ("viewer_api", 403), ("read_key_api", 403)])
def test_only_members_send_links(
    request: pytest.FixtureRequest, organisation: Organisation, drive: Drive, api: str, status: int
) -> None:
    asking: APIClient = request.getfixturevalue(api)
    for _, address in LISTS:
        assert asking.post(address, {"url": folder_link(drive.folder("x"))}).status_code == status
    assert not Batch.everything.exists()
