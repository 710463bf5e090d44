"""The same request made twice at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueState, CatalogueVersion, ReleaseTrack, Track
from catalogue.services.aliases import create_alias, create_aliases
from catalogue.services.merge_works import merge_tracks
from catalogue.services.published_copy import publish_now
from catalogue.services.works import create_track, delete_artist, delete_track
from oas.api.refusals import Refused
from tests.catalogue.importing import isrc

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work returned or raised; all start together, each with its own connection."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_one_isrc_makes_one_track(organisation: Organisation) -> None:
    def make() -> Track:
        return create_track(organisation=organisation, isrc=isrc(1), title="x", artists=[{"name": "Bo"}])

    results = at_once(make, make, make, make)
    assert sorted(type(result).__name__ for result in results) == ["BadValue", "BadValue", "BadValue", "Track"]
    assert Track.objects.of(organisation).count() == 1
    assert CatalogueState.objects.get(pk=organisation.pk).change == 1


def test_one_name_makes_one_artist(organisation: Organisation) -> None:
    def make(title: str) -> Callable[[], Track]:
        return lambda: create_track(
            organisation=organisation, title=title, artists=[{"name": "Bo"}, {"name": "Cy"}, {"name": "Dee"}]
        )

    results = at_once(make("a"), make("b"), make("c"), make("d"))
    assert [type(result).__name__ for result in results] == ["Track"] * 4
    assert Artist.objects.of(organisation).count() == 3
    assert CatalogueState.objects.get(pk=organisation.pk).change == 4


def test_an_alias_and_the_end_of_its_track_leave_no_alias(organisation: Organisation) -> None:
    for number in range(5):
        track = create_track(organisation=organisation, title="x")
        given: Any = {"kind": "isrc", "value": isrc(number), "track": track.pk}
        at_once(
            partial(create_alias, organisation=organisation, given=given),
            partial(delete_track, track=track),
        )
        assert not Track.objects.of(organisation).exists()
        assert not Alias.objects.of(organisation).exists()


def test_the_same_aliases_twice_are_there_once(organisation: Organisation) -> None:
    track = create_track(organisation=organisation, title="x")
    given: Any = [{"kind": "isrc", "value": isrc(number), "track": track.pk} for number in range(50)]
    results = at_once(
        lambda: create_aliases(organisation=organisation, given=given),
        lambda: create_aliases(organisation=organisation, given=given[::-1]),
    )
    made = [[outcome.alias for outcome in result] for result in results if isinstance(result, list)]
    assert all(None not in aliases for aliases in made)
    assert made
    assert Alias.objects.of(organisation).count() == 50


def test_an_artist_cannot_go_while_a_credit_comes(organisation: Organisation) -> None:
    for _ in range(5):
        artist = Artist.everything.create(organisation=organisation, name="Bo")
        results = at_once(
            partial(create_track, organisation=organisation, title="x", artists=[{"id": artist.pk}]),
            partial(delete_artist, artist=artist),
        )
        assert all(result is None or isinstance(result, (Track, Refused)) for result in results), results
        left = Artist.objects.of(organisation).filter(pk=artist.pk).exists()
        assert left == any(isinstance(result, Track) for result in results)
        Track.objects.of(organisation).delete()
        Artist.objects.of(organisation).delete()


def test_two_merges_of_the_same_tracks_make_one_of_them(organisation: Organisation) -> None:
    one = create_track(organisation=organisation, isrc=isrc(1), title="x", releases=[{"title": "Lines"}])
    two = create_track(organisation=organisation, isrc=isrc(2), title="x", releases=[{"title": "Single"}])
    at_once(lambda: merge_tracks(keep=one, others=[two]), lambda: merge_tracks(keep=two, others=[one]))
    kept = Track.objects.of(organisation).get()
    assert Alias.objects.of(organisation).get().track == kept
    assert ReleaseTrack.objects.filter(track=kept).count() == 2


def test_two_processes_that_publish_the_same_change_make_one_version(organisation: Organisation) -> None:
    create_track(organisation=organisation, title="x")
    results = at_once(lambda: publish_now(organisation), lambda: publish_now(organisation))
    assert len({result.name for result in results}) == 1
    assert CatalogueVersion.objects.of(organisation).count() == 1
