from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Track
from catalogue.services.works import create_track

ARTISTS, RELEASES, TRACKS = (f"/api/catalogue/{name}/" for name in ("artists", "releases", "tracks"))


def test_a_list_takes_as_many_queries_for_many_as_for_one(
    alice_api: APIClient, organisation: Organisation, track: Track
) -> None:
    def queries(route: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert alice_api.get(route).status_code == 200
        return len(captured)

    few = {route: queries(route) for route in (TRACKS, RELEASES, ARTISTS)}
    for number in range(2, 22):
        create_track(
            organisation=organisation,
            isrc=f"QZAAA25000{number:02d}",
            title=f"Track {number}",
            artists=[{"name": f"Artist {number}"}, {"name": "Bo", "role": "remixer"}],
            releases=[{"title": f"Release {number}"}],
        )
    assert {route: queries(route) for route in few} == few
    assert few[TRACKS] <= 9


@pytest.mark.parametrize("route", [ARTISTS, RELEASES, TRACKS])
@pytest.mark.parametrize("body", [[], [1], "text", 17])
def test_a_body_that_is_no_object_is_refused(alice_api: APIClient, route: str, body: object) -> None:
    assert alice_api.post(route, body).status_code == 400
