from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Artist, Release, Role, Track
from catalogue.services.credits import (
    credit_release,
    credit_track,
    find_artists,
    find_releases,
    place_track,
)
from catalogue.services.works import create_artist, create_release
from oas.api.refusals import BadValue
from tests.catalogue.answers import wrong

ARTISTS, RELEASES, TRACKS = (f"/api/catalogue/{name}/" for name in ("artists", "releases", "tracks"))
TRACK: dict[str, Any] = {"isrc": "QZ-AAA-25-00001", "title": "Night Bus"}


def test_an_artist_or_release_of_another_organisation_cannot_be_named(
    alice_api: APIClient, other_organisation: Organisation, organisation: Organisation
) -> None:
    artist = create_artist(organisation=other_organisation, name="Charlie's")
    release = create_release(organisation=other_organisation, title="Charlie's", upc="4006381333931")
    for field, value in (
        ("artists", {"id": artist.pk}),
        ("releases", {"id": release.pk}),
        ("releases", {"upc": "4006381333931"}),
    ):
        assert wrong(alice_api.post(TRACKS, TRACK | {field: [value]})) == [(field, "does_not_exist")]
    assert alice_api.post(TRACKS, TRACK | {"artists": [{"name": "Charlie's"}]}).status_code == 201
    assert Artist.objects.of(organisation).count() == 1
    assert Artist.objects.of(other_organisation).count() == 1


def test_a_title_of_several_releases_names_none(alice_api: APIClient, organisation: Organisation) -> None:
    for _ in range(2):
        create_release(organisation=organisation, title="Lines")
    answer = alice_api.post(TRACKS, TRACK | {"releases": [{"title": "Lines"}]})
    assert wrong(answer) == [("releases", "ambiguous")]


def test_making_a_track_takes_as_many_queries_for_many_artists_as_for_few(
    alice_api: APIClient, organisation: Organisation
) -> None:
    def queries(number: int, artists: int) -> int:
        given = [{"name": f"Artist {number}-{place}"} for place in range(artists)]
        with CaptureQueriesContext(connection) as captured:
            answer = alice_api.post(TRACKS, {"isrc": f"QZAAA25000{number:02d}", "title": "x", "artists": given})
        assert answer.status_code == 201
        return len(captured)

    queries(9, 1)
    assert queries(10, 2) == queries(11, 20)


# --- the services themselves ---


def test_artists_come_in_the_order_they_are_named_by_id_or_by_name(organisation: Organisation) -> None:
    lane, bo = (create_artist(organisation=organisation, name=name) for name in ("Aurora Lane", "Bo"))
    found = find_artists(organisation, [{"name": "Cy"}, {"id": bo.pk}, {"name": " AURORA  lane"}, {"name": "cy"}])
    assert [artist.name for artist in found] == ["Cy", "Bo", "Aurora Lane", "Cy"]
    assert (found[2], found[0] == found[3]) == (lane, True)
    assert Artist.objects.of(organisation).count() == 3


def test_a_new_artist_is_written_as_it_was_first_named(organisation: Organisation) -> None:
    find_artists(organisation, [{"name": "Zoë  Night"}, {"name": "ZOË NIGHT"}])
    artist = Artist.objects.of(organisation).get()
    assert (artist.name, artist.normal_name) == ("Zoë Night", "zoë night")


def test_an_artist_is_credited_once_in_a_role_and_again_in_another(track: Track) -> None:
    lane, bo = Artist.objects.of(track.organisation).order_by("pk")
    credit_track(
        track,
        [{"id": bo.pk}, {"id": lane.pk, "role": "producer"}, {"name": "bo"}, {"id": lane.pk}, {"id": lane.pk}],
    )
    credits = track.credits.order_by("position").values_list("artist__name", "role", "position")
    assert list(credits) == [
        ("Bo", Role.MAIN, 1), ("Aurora Lane", Role.PRODUCER, 2), ("Aurora Lane", Role.MAIN, 3)
    ]  # fmt: skip


def test_an_artist_of_a_release_counts_once_at_the_first_place(release: Release) -> None:
    credit_release(release, [{"name": "Cy"}, {"name": "Aurora Lane"}, {"name": "CY"}])
    assert list(release.credits.values_list("artist__name", "position")) == [("Cy", 1), ("Aurora Lane", 2)]
    credit_release(release, [])
    assert not release.credits.exists()


def test_an_unknown_id_leaves_the_credits_as_they_were(track: Track) -> None:
    with pytest.raises(BadValue, match="There is no artist 999999"):
        credit_track(track, [{"name": "Cy"}, {"id": 999_999}])
    assert list(track.credits.values_list("artist__name", flat=True)) == ["Aurora Lane", "Bo"]


def test_a_release_is_found_by_id_or_upc_or_title_and_made_by_title_only(
    organisation: Organisation, release: Release
) -> None:
    given: Any = [
        {"title": "Single"},
        {"upc": release.upc},
        {"id": release.pk},
        {"title": "Lines"},
        {"title": "Single"},
    ]
    found = find_releases(organisation, given)
    assert [each.title for each in found] == ["Single", "Lines", "Lines", "Lines", "Single"]
    assert (found[0] == found[4], Release.objects.of(organisation).count()) == (True, 2)
    with pytest.raises(BadValue, match="There is no release with the UPC 4006381333931"):
        find_releases(organisation, [{"upc": "4006381333931"}])


def test_of_two_places_on_one_release_the_last_counts(track: Track, release: Release) -> None:
    place_track(track, [{"id": release.pk, "position": 1}, {"title": "Lines", "disc": 2, "position": 9}])
    assert list(track.places.values_list("release", "disc", "position")) == [(release.pk, 2, 9)]
