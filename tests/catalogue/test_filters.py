from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Artist, Release, Track
from catalogue.services.works import create_track

ARTISTS, RELEASES, TRACKS = (f"/api/catalogue/{name}/" for name in ("artists", "releases", "tracks"))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"isrc": "qz-aaa-25-00001"}, ["Night Bus"]),
        ({"isrc": "nonsense"}, []),
        ({"title": "night BUS"}, ["Night Bus"]),
        ({"upc": "0-36000-29145-2"}, ["Night Bus"]),
        ({"on_release": "false"}, ["Other"]),
        ({"on_release": "true"}, ["Night Bus"]),
        ({"role": "featured"}, ["Night Bus"]),
        ({"role": "producer"}, []),
        ({"search": "aurora"}, ["Night Bus"]),
        ({"search": "2500002"}, ["Other"]),
        ({"search": "bus lane"}, ["Night Bus"]),
        ({"ordering": "title"}, ["Night Bus", "Other"]),
        ({"ordering": "-title"}, ["Other", "Night Bus"]),
        ({}, ["Other", "Night Bus"]),
        ({"updated_after": "2000-01-01T00:00:00Z"}, ["Other", "Night Bus"]),
        ({"updated_after": "2200-01-01T00:00:00Z"}, []),
    ],
)
def test_tracks_are_filtered_searched_and_ordered(
    alice_api: APIClient, organisation: Organisation, track: Track, query: dict[str, str], titles: list[str]
) -> None:
    create_track(organisation=organisation, isrc="QZAAA2500002", title="Other", artists=[{"name": "Cy"}])
    found = alice_api.get(TRACKS, query).json()
    assert [result["title"] for result in found["results"]] == titles
    assert found["count"] == len(titles)


def test_tracks_are_found_by_artist_and_role(alice_api: APIClient, track: Track, organisation: Organisation) -> None:
    bo: Any = {"artist": Artist.objects.of(organisation).get(name="Bo").pk}
    assert alice_api.get(TRACKS, bo).json()["count"] == 1
    assert alice_api.get(TRACKS, bo | {"role": "featured"}).json()["count"] == 1
    assert alice_api.get(TRACKS, bo | {"role": "main"}).json()["count"] == 0
    assert alice_api.get(TRACKS, {"artist": 10**30}).status_code in (200, 400)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"upc": "36000291452"}, 1),
        ({"upc": "nonsense"}, 0),
        ({"catalogue_number": "al-001 LP"}, 1),
        ({"label": "label a"}, 1),
        ({"territory": "de"}, 1),
        ({"search": "AL-001"}, 1),
        ({"date_after": "2025-01-01"}, 0),
    ],
)
def test_releases_are_filtered(alice_api: APIClient, release: Release, query: dict[str, str], count: int) -> None:
    assert alice_api.get(RELEASES, query).json()["count"] == count
