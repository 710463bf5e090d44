"""Who may do what in a catalogue: everything of another organisation is 404."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueImport, Release, Track
from tests.catalogue.importing import begin

BASE = "/api/catalogue"


@pytest.fixture
def rows(organisation: Organisation, track: Track, release: Release, tmp_path: Path) -> dict[str, int]:
    """Of Label A: the id of one of each."""
    alias = Alias.everything.create(organisation=organisation, kind="isrc", key="QZAAA2500009", text="x", track=track)
    row = begin(organisation, tmp_path, "ISRC,Title\nQZAAA2500008,New\n", preview=True)
    return {
        "artists": Artist.objects.of(organisation).order_by("id")[0].pk,
        "releases": release.pk,
        "tracks": track.pk,
        "aliases": alias.pk,
        "import": row.pk,
    }


READS = [
    *[f"{kind}/" for kind in ("artists", "releases", "tracks", "aliases", "import")],
    *[f"{kind}/{{{kind}}}/" for kind in ("artists", "releases", "tracks", "aliases", "import")],
    "import/{import}/preview/",
    "import/{import}/errors/",
    "import/{import}/errors/?format=csv",
]
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "artists/", {"name": "New"}),
    ("post", "releases/", {"title": "New"}),
    ("post", "tracks/", {"title": "New"}),
    ("post", "aliases/", {"kind": "isrc", "value": "QZAAA2500077", "track": "{tracks}"}),
    ("post", "aliases/bulk/", {"aliases": [{"kind": "isrc", "value": "QZAAA2500077", "track": "{tracks}"}]}),
    ("post", "import/", {"filename": "a.csv", "filesize": 10}),
    ("post", "import/{import}/apply/", {}),
    ("patch", "artists/{artists}/", {"name": "Mine"}),
    ("patch", "releases/{releases}/", {"title": "Mine"}),
    ("patch", "tracks/{tracks}/", {"title": "Mine"}),
    ("delete", "artists/{artists}/", {}),
    ("delete", "releases/{releases}/", {}),
    ("delete", "tracks/{tracks}/", {}),
    ("delete", "aliases/{aliases}/", {}),
    ("delete", "import/{import}/", {}),
]


def call(api: APIClient, method: str, route: str, rows: dict[str, int], body: Any = None) -> Any:
    return getattr(api, method)(f"{BASE}/{route.format(**rows)}", _filled(body, rows))


def _filled(body: Any, rows: dict[str, int]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, rows) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, rows) for value in body]
    return int(body.format(**rows)) if isinstance(body, str) and body.startswith("{") else body


def snapshot(organisation: Organisation) -> list[Any]:
    models = (Artist, Release, Track, Alias, CatalogueImport)
    return [list(model.objects.of(organisation).order_by("pk").values()) for model in models]


@pytest.mark.parametrize("route", READS)
def test_a_stranger_reads_nothing(anonymous_api: APIClient, rows: dict[str, int], route: str) -> None:
    assert call(anonymous_api, "get", route, rows).status_code == 401


@pytest.mark.parametrize(("method", "route", "body"), WRITES)
def test_a_stranger_writes_nothing(
    anonymous_api: APIClient, rows: dict[str, int], organisation: Organisation, method: str, route: str, body: Any
) -> None:
    before = snapshot(organisation)
    assert call(anonymous_api, method, route, rows, body).status_code == 401
    assert snapshot(organisation) == before


@pytest.mark.parametrize("route", READS)
def test_every_role_of_the_team_reads(
    bob_api: APIClient,
    viewer_api: APIClient,
    read_key_api: APIClient,
    key_api: APIClient,
    rows: dict[str, int],
    route: str,
) -> None:
    for api in (bob_api, viewer_api, read_key_api, key_api):
        assert call(api, "get", route, rows).status_code == 200


@pytest.mark.parametrize(("method", "route", "body"), WRITES)
def test_who_may_only_read_changes_nothing(
    viewer_api: APIClient,
    read_key_api: APIClient,
    rows: dict[str, int],
    organisation: Organisation,
    method: str,
    route: str,
    body: Any,
) -> None:
    before = snapshot(organisation)
    for api in (viewer_api, read_key_api):
        assert call(api, method, route, rows, body).status_code == 403
    assert snapshot(organisation) == before


@pytest.mark.parametrize("route", READS)
def test_charlie_sees_nothing_of_label_a(charlie_api: APIClient, rows: dict[str, int], route: str) -> None:
    answer = call(charlie_api, "get", route, rows)
    if "{" in route:
        assert answer.status_code == 404
    else:
        assert answer.json()["results"] == []


@pytest.mark.parametrize(("method", "route", "body"), WRITES)
def test_charlie_changes_nothing_of_label_a(
    charlie_api: APIClient, rows: dict[str, int], organisation: Organisation, method: str, route: str, body: Any
) -> None:
    before = snapshot(organisation)
    answer = call(charlie_api, method, route, rows, body)
    if "{" in route:
        assert answer.status_code == 404
    elif route == "aliases/":
        assert answer.status_code == 400
    elif route == "aliases/bulk/":
        assert answer.json()["results"][0]["error"]["code"] == "does_not_exist"
    else:
        assert answer.status_code in (201, 202)  # in a catalogue of his own
    assert snapshot(organisation) == before


def test_charlie_cannot_ask_in_the_name_of_label_a(
    charlie_api: APIClient, rows: dict[str, int], organisation: Organisation
) -> None:
    for route in READS:
        answer = charlie_api.get(f"{BASE}/{route.format(**rows)}", headers={"X-Organisation": str(organisation.pk)})
        assert answer.status_code == 404


def test_filters_lead_nowhere_else(charlie_api: APIClient, rows: dict[str, int], track: Track) -> None:
    for query in ({"isrc": track.isrc}, {"upc": "036000291452"}, {"release": rows["releases"]}, {"search": "Night"}):
        assert charlie_api.get(f"{BASE}/tracks/", query).json()["count"] == 0
    assert charlie_api.get(f"{BASE}/aliases/", {"track": rows["tracks"]}).json()["count"] == 0
