from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Artist
from catalogue.services.works import create_artist, create_release
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
