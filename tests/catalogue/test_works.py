"""Artists, releases and tracks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueState, Release, Track
from catalogue.services.works import create_artist, create_track
from tests.catalogue.answers import wrong

ARTISTS, RELEASES, TRACKS = (f"/api/catalogue/{name}/" for name in ("artists", "releases", "tracks"))
TRACK: dict[str, Any] = {"isrc": "QZ-AAA-25-00001", "title": "Night Bus"}
RELEASE: dict[str, Any] = {"upc": "0 36000 29145 2", "title": "Lines"}


def change_of(organisation: Organisation) -> int:
    state = CatalogueState.objects.filter(pk=organisation.pk).first()
    return state.change if state else 0


# --- creating ---


def test_a_track_is_made_with_its_artists_and_releases(alice_api: APIClient, release: Release) -> None:
    given = {
        **TRACK,
        "version": "Radio Edit",
        "duration": 225,
        "artists": [{"name": "aurora  LANE"}, {"name": "Bo", "role": "featured"}],
        "releases": [{"upc": "036000291452", "position": 3}, {"title": "Night Bus (Single)"}],
    }
    answer = alice_api.post(TRACKS, given)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"].endswith(f"{TRACKS}{body['id']}/")
    assert body.pop("created_at")
    assert body.pop("updated_at")
    lane, bo = Artist.objects.of(release.organisation).order_by("id")
    single = Release.objects.of(release.organisation).get(title="Night Bus (Single)")
    assert body == {
        "id": body["id"],
        "reference": f"T{body['id']}",
        "isrc": "QZAAA2500001",
        "title": "Night Bus",
        "version": "Radio Edit",
        "artist": "Aurora Lane",
        "artists": [
            {"id": lane.pk, "name": "Aurora Lane", "role": "main"},
            {"id": bo.pk, "name": "Bo", "role": "featured"},
        ],
        "duration": 225,
        "releases": [
            {"id": release.pk, "upc": "036000291452", "title": "Lines", "disc": 1, "position": 3},
            {"id": single.pk, "upc": "", "title": "Night Bus (Single)", "disc": 1, "position": None},
        ],
    }


def test_a_release_is_made_with_its_artists(alice_api: APIClient, organisation: Organisation) -> None:
    lane = create_artist(organisation=organisation, name="Aurora Lane")
    given = {
        **RELEASE,
        "catalogue_number": "AL-1",
        "label": "Label A",
        "date": "2025-01-31",
        "territories": ["de", "AT", "DE"],
        "artists": [{"id": lane.pk}, {"name": "Bo"}],
    }
    answer = alice_api.post(RELEASES, given)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["upc"], body["artist"], body["territories"]) == ("036000291452", "Aurora Lane, Bo", ["AT", "DE"])
    assert (body["reference"], body["date"]) == (f"R{body['id']}", "2025-01-31")


def test_a_track_needs_no_identifier_when_made_by_hand(alice_api: APIClient) -> None:
    assert alice_api.post(TRACKS, {"title": "Demo"}).json()["isrc"] == ""
    assert alice_api.post(TRACKS, {"title": "Demo", "isrc": ""}).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("isrc", "QZAAA250000", ("isrc", "bad_isrc")),
        ("isrc", "abcdefghijkl", ("isrc", "bad_isrc")),
        ("isrc", 17, ("isrc", "bad_isrc")),
        ("isrc", None, ("isrc", "null")),
        ("title", "", ("title", "blank")),
        ("title", "\u200b", ("title", "blank")),
        ("title", "a\x07b", ("title", "control_character")),
        ("title", "a" * 501, ("title", "max_length")),
        ("duration", -1, ("duration", "min_value")),
        ("duration", 86401, ("duration", "max_value")),
        ("artists", "Bo", ("artists.non_field_errors", "not_a_list")),
        ("artists", ["Bo"], ("artists.0.non_field_errors", "invalid")),
        ("artists", [{}], ("artists.0.non_field_errors", "one_of")),
        ("artists", [{"id": 1, "name": "Bo"}], ("artists.0.non_field_errors", "one_of")),
        ("artists", [{"name": "Bo", "role": "drummer"}], ("artists.0.role", "invalid_choice")),
        ("artists", [{"id": 999}], ("artists", "does_not_exist")),
        ("artists", [{"id": 2**63}], ("artists.0.id", "max_value")),
        ("releases", [{"id": 999}], ("releases", "does_not_exist")),
        ("releases", [{"upc": "4006381333931"}], ("releases", "does_not_exist")),
        ("releases", [{"upc": "036000291453"}], ("releases.0.upc", "bad_check_digit")),
        ("releases", [{"title": "Lines", "disc": 0}], ("releases.0.disc", "min_value")),
        ("releases", [{"disc": 1}], ("releases.0.non_field_errors", "one_of")),
    ],
)
def test_a_bad_value_of_a_track_is_refused_by_name(
    alice_api: APIClient, organisation: Organisation, field: str, value: object, problem: tuple[str, str]
) -> None:
    assert wrong(alice_api.post(TRACKS, TRACK | {field: value})) == [problem]
    assert not Track.objects.of(organisation).exists()
    assert not Release.objects.of(organisation).exists()
    assert change_of(organisation) == 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("upc", "036000291453", ("upc", "bad_check_digit")),
        ("upc", "12345", ("upc", "bad_upc")),
        ("upc", "ABC", ("upc", "bad_upc")),
        ("title", " ", ("title", "blank")),
        ("date", "31.01.2025", ("date", "invalid")),
        ("territories", ["ZZ"], ("territories.0", "bad_territory")),
        ("territories", ["DEU"], ("territories.0", "bad_territory")),
        ("territories", "DE", ("territories", "not_a_list")),
        ("artists", [{"name": ""}], ("artists.0.name", "blank")),
        ("catalogue_number", "a" * 101, ("catalogue_number", "max_length")),
    ],
)
def test_a_bad_value_of_a_release_is_refused_by_name(
    alice_api: APIClient, organisation: Organisation, field: str, value: object, problem: tuple[str, str]
) -> None:
    assert wrong(alice_api.post(RELEASES, RELEASE | {field: value})) == [problem]
    assert not Release.objects.of(organisation).exists()


def test_a_name_whose_form_would_be_too_long_is_refused(alice_api: APIClient) -> None:
    assert wrong(alice_api.post(ARTISTS, {"name": "\ufdfa" * 300})) == [("name", "max_length")]


def test_what_is_unique_can_be_there_once(alice_api: APIClient, bob_api: APIClient) -> None:
    for route, given, attr in (
        (ARTISTS, {"name": "Aurora Lane"}, "name"),
        (RELEASES, RELEASE, "upc"),
        (TRACKS, TRACK, "isrc"),
    ):
        assert alice_api.post(route, given).status_code == 201
        assert wrong(bob_api.post(route, given)) == [(attr, "unique")]
    assert wrong(alice_api.post(ARTISTS, {"name": " aurora  LANE"})) == [("name", "unique")]


def test_the_same_identifiers_in_another_organisation_are_other_works(
    alice_api: APIClient, charlie_api: APIClient
) -> None:
    for route, given in ((ARTISTS, {"name": "Aurora Lane"}), (RELEASES, RELEASE), (TRACKS, TRACK)):
        assert alice_api.post(route, given).status_code == 201
        assert charlie_api.post(route, given).status_code == 201


def test_what_the_server_decides_is_ignored(
    alice_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    answer = alice_api.post(TRACKS, TRACK | {"id": 77, "organisation": other_organisation.pk, "reference": "T1"})
    assert answer.status_code == 201
    assert Track.objects.of(organisation).get().pk == answer.json()["id"] != 77


# --- changing ---


def test_a_patch_changes_what_is_sent_and_nothing_else(alice_api: APIClient, track: Track) -> None:
    before = alice_api.get(f"{TRACKS}{track.pk}/").json()
    after = alice_api.patch(f"{TRACKS}{track.pk}/", {"title": "Day Bus"}).json()
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"title": "Day Bus"}


def test_a_patch_replaces_lists_and_may_empty_them(alice_api: APIClient, track: Track) -> None:
    body = alice_api.patch(f"{TRACKS}{track.pk}/", {"artists": [{"name": "Cy", "role": "remixer"}], "releases": []})
    assert [(artist["name"], artist["role"]) for artist in body.json()["artists"]] == [("Cy", "remixer")]
    assert body.json()["releases"] == []
    assert body.json()["artist"] == ""


def test_a_patch_is_checked_like_the_first_time(alice_api: APIClient, track: Track, organisation: Organisation) -> None:
    create_track(organisation=organisation, isrc="QZAAA2500002", title="Other")
    route = f"{TRACKS}{track.pk}/"
    assert wrong(alice_api.patch(route, {"isrc": "nonsense"})) == [("isrc", "bad_isrc")]
    assert wrong(alice_api.patch(route, {"isrc": "QZ-AAA-25-00002"})) == [("isrc", "unique")]
    assert wrong(alice_api.patch(route, {"title": ""})) == [("title", "blank")]
    track.refresh_from_db()
    assert (track.isrc, track.title) == ("QZAAA2500001", "Night Bus")


def test_an_artist_is_renamed_everywhere(alice_api: APIClient, track: Track, organisation: Organisation) -> None:
    lane = Artist.objects.of(organisation).get(name="Aurora Lane")
    assert alice_api.patch(f"{ARTISTS}{lane.pk}/", {"name": "Aurora Lane Trio"}).status_code == 200
    assert alice_api.get(f"{TRACKS}{track.pk}/").json()["artist"] == "Aurora Lane Trio"
    assert alice_api.get(ARTISTS, {"name": "AURORA lane trio"}).json()["count"] == 1


def test_each_change_is_counted(alice_api: APIClient, track: Track, organisation: Organisation) -> None:
    before = change_of(organisation)
    alice_api.patch(f"{TRACKS}{track.pk}/", {"title": "Day Bus"})
    assert change_of(organisation) == before + 1
    alice_api.patch(f"{TRACKS}{track.pk}/", {"isrc": "x"})
    assert change_of(organisation) == before + 1


# --- deleting ---


def test_a_track_goes_with_its_places_and_aliases(alice_api: APIClient, track: Track, release: Release) -> None:
    organisation = track.organisation
    Alias.everything.create(organisation=organisation, kind="isrc", key="QZAAA2500009", text="x", track=track)
    assert alice_api.delete(f"{TRACKS}{track.pk}/").status_code == 204
    assert not Track.objects.of(organisation).exists()
    assert not Alias.objects.of(organisation).exists()
    assert not release.places.exists()
    assert Artist.objects.of(organisation).count() == 2
    assert alice_api.delete(f"{TRACKS}{track.pk}/").status_code == 404


def test_a_release_goes_without_its_tracks(alice_api: APIClient, track: Track, release: Release) -> None:
    assert alice_api.delete(f"{RELEASES}{release.pk}/").status_code == 204
    assert alice_api.get(f"{TRACKS}{track.pk}/").json()["releases"] == []


def test_an_artist_with_credits_stays(alice_api: APIClient, track: Track, organisation: Organisation) -> None:
    lane = Artist.objects.of(organisation).get(name="Aurora Lane")
    before = change_of(organisation)
    answer = alice_api.delete(f"{ARTISTS}{lane.pk}/")
    assert answer.status_code == 409
    error = answer.json()["errors"][0]
    assert (error["code"], error["tracks"], error["releases"]) == ("in_use", 1, 1)
    assert change_of(organisation) == before
    free = create_artist(organisation=organisation, name="Nobody")
    assert alice_api.delete(f"{ARTISTS}{free.pk}/").status_code == 204
