from __future__ import annotations

import pytest

from accounts.models import Organisation
from catalogue.models import Release, Track
from catalogue.services.search import search_releases, search_tracks
from catalogue.services.works import create_track


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("night", ["Night Bus"]),
        ("LANE bus", ["Night Bus"]),
        ("qzaaa25", ["Night Bus"]),
        ("bus nobody", []),
        ("o", ["Night Bus", "Other"]),
        ("\0", ["Night Bus", "Other"]),
    ],
)
def test_every_word_is_in_title_code_or_artist(
    organisation: Organisation, track: Track, text: str, titles: list[str]
) -> None:
    create_track(organisation=organisation, title="Other", artists=[{"name": "Cy"}])
    found = search_tracks(Track.objects.of(organisation), text)
    assert sorted(one.title for one in found) == titles


@pytest.mark.parametrize(
    ("text", "count"), [("lines", 1), ("al-001", 1), ("0360002", 1), ("aurora lines", 1), ("x", 0)]
)
def test_releases_are_found_by_number_and_artist_too(
    organisation: Organisation, release: Release, text: str, count: int
) -> None:
    assert search_releases(Release.objects.of(organisation), text).count() == count
