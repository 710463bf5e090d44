from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Organisation
from catalogue.models import Release, Track
from catalogue.services.search import search_releases, search_tracks
from catalogue.services.works import create_track
from oas.words import MOST_WORDS


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


def test_many_words_against_many_credits_take_one_query_and_no_time(
    organisation: Organisation, django_assert_num_queries: Any
) -> None:
    """Seven words against forty tracks with six credits each took half a minute, as each word joined the credits."""
    names = ["Aurora", "Bo", "Cy", "Dee", "Eve", "Fay"]
    for number in range(40):
        create_track(
            organisation=organisation,
            title=f"Night Bus {number}",
            artists=[{"name": f"{name} Night"} for name in names],
        )
    text = "night bus night aurora night fay eve"
    with django_assert_num_queries(1):
        found = list(search_tracks(Track.objects.of(organisation), text))
    assert len(found) == 40
    assert str(search_tracks(Track.objects.of(organisation), text).query).count("JOIN") == 7  # one in each sub-query


def test_only_the_first_words_are_looked_for(organisation: Organisation, track: Track) -> None:
    assert search_tracks(Track.objects.of(organisation), "night " * MOST_WORDS + "nobody").count() == 1
    assert search_tracks(Track.objects.of(organisation), "night " * (MOST_WORDS - 1) + "nobody").count() == 0


def test_the_version_of_a_work_is_looked_at(organisation: Organisation) -> None:
    create_track(organisation=organisation, title="Other", version="Moonlight Remix", artists=[{"name": "Cy"}])
    assert search_tracks(Track.objects.of(organisation), "moonlight cy").count() == 1


@pytest.mark.parametrize("text", ["100%", "%", "_", "\\"])
def test_signs_of_a_pattern_are_letters_like_others(organisation: Organisation, track: Track, text: str) -> None:
    create_track(organisation=organisation, title="100%_\\")
    assert [one.title for one in search_tracks(Track.objects.of(organisation), text)] == ["100%_\\"]
