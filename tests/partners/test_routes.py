"""Every route of the partner API and who may ask it: another partner's thing does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, resolve

from accounts.models import Organisation
from accounts.services import create_key as create_api_key
from partners.services.partners import NewKey, disable_key
from tests.partners.signing import Answer, SigningClient

pytestmark = pytest.mark.django_db
COUNTRY = {"country": "GB"}
LOG: dict[str, Any] = {"playLogItem": [{}]}
# Method, path, parameters, body, and what another partner gets: 2001 (it does not exist), 1002 (an unknown user), or 0
# where it has its own.
ROUTES: list[tuple[str, str, dict[str, str], Any, int]] = [
    ("GET", "/1.2/user/create", {"userId": "new", **COUNTRY}, None, 0),
    ("POST", "/1.2/user/create", {"userId": "new", **COUNTRY}, None, 0),
    ("GET", "/1.2/user/details", {"userId": "u1"}, None, 1002),
    ("GET", "/1.2/user/unlimitedStreaming", {"userId": "u1"}, None, 1002),
    ("POST", "/1.2/user/unlimitedStreaming", {"userId": "u1"}, None, 1001),
    ("GET", "/1.2/user/playlists", {"userId": "u1", **COUNTRY}, None, 1002),
    ("GET", "/1.2/playlists", COUNTRY, None, 0),
    ("POST", "/1.2/playlists", COUNTRY, {"name": "P"}, 0),
    ("GET", "/1.2/playlists/{id}", COUNTRY, None, 2001),
    ("POST", "/1.2/playlists/{id}", COUNTRY, {"name": "P"}, 2001),
    ("DELETE", "/1.2/playlists/{id}", COUNTRY, None, 2001),
    ("GET", "/1.2/playlists/{id}/details", COUNTRY, None, 2001),
    ("POST", "/1.2/playlists/{id}/details", COUNTRY, {"name": "P"}, 2001),
    ("GET", "/1.2/playlists/{id}/tracks", COUNTRY, None, 2001),
    ("POST", "/1.2/playlists/{id}/tracks", COUNTRY, [{"trackId": 1}], 2001),
    ("DELETE", "/1.2/playlists/{id}/tracks/{item}", COUNTRY, None, 2001),
    ("POST", "/1.2/playlists/{id}/tracks/{item}/move", {"pos": "0", **COUNTRY}, None, 2001),
    ("POST", "/1.2/user/subscription/log", COUNTRY, LOG, 1001),
    ("POST", "/1.2/catalogue/log", COUNTRY, LOG, 1001),
    ("POST", "/1.2/user/preview/log", COUNTRY, {"logs": [{}]}, 1008),
    ("POST", "/1.2/preview/log", COUNTRY, {"logs": [{}]}, 1008),
]


@pytest.fixture
def ids(moon: SigningClient) -> dict[str, str]:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    body = {"name": "Morning", "visibility": "public", "tracks": [{"trackId": 1}]}
    made = moon.json("/1.2/playlists", body, country="GB").json["playlist"]
    return {"id": made["id"], "item": made["tracks"][0]["id"]}


def ask(client: SigningClient, route: tuple[str, str, dict[str, str], Any, int], ids: dict[str, str]) -> Answer:
    method, path, parameters, body, _ = route
    if body is None:
        return client.ask(method, path.format(**ids), parameters)
    return client.json(path.format(**ids), body, **parameters)


@pytest.mark.parametrize("route", ROUTES, ids=[" ".join(route[:2]) for route in ROUTES])
def test_another_partners_thing_does_not_exist(
    route: tuple[str, str, dict[str, str], Any, int], ids: dict[str, str], sun: SigningClient
) -> None:
    assert ask(sun, route, ids).code == route[4]


@pytest.mark.parametrize("route", ROUTES, ids=[" ".join(route[:2]) for route in ROUTES])
def test_without_a_key_that_is_in_use_nothing_is_answered(
    route: tuple[str, str, dict[str, str], Any, int],
    ids: dict[str, str],
    moon: SigningClient,
    partner_key: NewKey,
    organisation: Organisation,
) -> None:
    disable_key(partner_key.key)
    assert ask(moon, route, ids).status == 401
    api_key = create_api_key(organisation=organisation, name="program")[1].text
    unsigned = moon.send(route[0], route[1].format(**ids), {"X-Api-Key": api_key}, b"", "application/json")
    assert unsigned.status == 401


def test_every_route_and_method_has_a_row() -> None:
    given = {(method, resolve(path.format(id="a", item="b")).url_name) for method, path, *_ in ROUTES}
    found = {
        (method.upper(), pattern.name)
        for pattern in _patterns(get_resolver().url_patterns)
        for method in ("get", "post", "delete")
        if hasattr(getattr(pattern.callback, "view_class", None), f"on_{method}")
    }
    # It answers POST as the list of all playlists does, with 405.
    assert found - {("POST", "partner-user-playlists")} == given


def _patterns(patterns: list[Any]) -> list[URLPattern]:
    return [
        found
        for each in patterns
        for found in (_patterns(each.url_patterns) if hasattr(each, "url_patterns") else [each])
        if str(found.name or "").startswith("partner-")
    ]
