from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueImport, Release, Track
from catalogue.services.works import change_release, create_release, create_track

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


def test_days_of_release_are_from_the_first_up_to_but_not_the_last(alice_api: APIClient, release: Release) -> None:
    change_release(release=release, date=date(2025, 1, 31))
    queries = [("date_after", "2025-01-31"), ("date_after", "2025-02-01"), ("date_before", "2025-02-01")]
    queries.append(("date_before", "2025-01-31"))
    assert [alice_api.get(RELEASES, dict([query])).json()["count"] for query in queries] == [1, 0, 1, 0]


def test_a_release_for_some_countries_is_found_in_those_only(alice_api: APIClient, organisation: Organisation) -> None:
    for title, territories in (("World", []), ("Alps", ["AT", "CH"])):
        create_release(organisation=organisation, title=title, territories=territories)
    found = {
        code: [release["title"] for release in alice_api.get(RELEASES, {"territory": code}).json()["results"]]
        for code in ("AT", "ch", "DE")
    }
    assert found == {"AT": ["Alps", "World"], "ch": ["Alps", "World"], "DE": ["World"]}


def test_a_track_on_two_releases_and_with_two_credits_is_listed_once(
    alice_api: APIClient, organisation: Organisation, track: Track
) -> None:
    lane: Any = Artist.objects.of(organisation).get(name="Aurora Lane").pk
    artists: Any = [{"id": lane}, {"id": lane, "role": "producer"}]
    create_track(organisation=organisation, title="x", artists=artists, releases=[{"title": "A"}, {"title": "B"}])
    for query in ({"artist": lane}, {"on_release": "true"}, {"role": "main"}, {"search": "aurora"}):
        assert alice_api.get(TRACKS, query).json()["count"] == 2, query


def test_artists_are_filtered_by_their_whole_name(alice_api: APIClient, track: Track) -> None:
    found = [alice_api.get(ARTISTS, {"name": name}).json()["count"] for name in (" AURORA  lane ", "Aurora", "\u200b")]
    assert found == [1, 0, 0]


def test_imports_are_filtered_by_any_of_several_statuses(alice_api: APIClient, organisation: Organisation) -> None:
    for status in ("DONE", "FAILED", "WAITING"):
        CatalogueImport.everything.create(
            organisation=organisation, filename=f"{status}.csv", key=status, status=status
        )
    found = alice_api.get("/api/catalogue/import/", {"status": ["DONE", "FAILED"], "ordering": "id"}).json()["results"]
    assert [row["filename"] for row in found] == ["DONE.csv", "FAILED.csv"]
    assert alice_api.get("/api/catalogue/import/", {"status": "OTHER"}).status_code == 400


def test_aliases_are_filtered_by_their_release(alice_api: APIClient, release: Release, track: Track) -> None:
    for key, target in (("QZAAA2500008", {"release": release}), ("QZAAA2500009", {"track": track})):
        Alias.everything.create(organisation=release.organisation, kind="isrc", key=key, text=key, **target)
    found = alice_api.get("/api/catalogue/aliases/", {"release": release.pk}).json()["results"]
    assert [alias["key"] for alias in found] == ["QZAAA2500008"]
