from __future__ import annotations

import pytest

from accounts.models import Organisation
from catalogue.errors import Gone, NotOneOrganisation
from catalogue.models import Alias, Artist, CatalogueState, Release, Track
from catalogue.services.aliases import create_alias
from catalogue.services.merge_works import merge_artists, merge_releases, merge_tracks
from catalogue.services.works import create_artist, create_release, create_track
from tests.catalogue.importing import isrc, upc


def aliases_of(organisation: Organisation) -> list[tuple[str, str, int | None, int | None]]:
    found = Alias.objects.of(organisation).order_by("kind", "key")
    return [(alias.kind, alias.key, alias.track_id, alias.release_id) for alias in found]


def test_a_merged_track_leaves_its_isrc_its_aliases_and_its_places(
    organisation: Organisation, track: Track, release: Release
) -> None:
    single = create_release(organisation=organisation, title="Single")
    twin = create_track(
        organisation=organisation,
        isrc=isrc(2),
        title="Nite Bus",
        artists=[{"name": "Other"}],
        releases=[{"id": release.pk, "position": 9}, {"id": single.pk}],
    )
    create_alias(organisation=organisation, given={"kind": "isrc", "value": isrc(3), "track": twin.pk})
    before = CatalogueState.objects.get(pk=organisation.pk).change
    kept = merge_tracks(keep=track, others=[twin], actor="alice")
    assert Track.objects.of(organisation).get() == kept == track
    assert aliases_of(organisation) == [("isrc", isrc(2), track.pk, None), ("isrc", isrc(3), track.pk, None)]
    assert [(place.release, place.position) for place in track.places.order_by("id")] == [(release, 3), (single, None)]
    assert [credit.artist.name for credit in track.credits.all()] == ["Aurora Lane", "Bo"]
    assert CatalogueState.objects.get(pk=organisation.pk).change == before + 1


def test_what_is_kept_takes_over_what_it_lacks(organisation: Organisation) -> None:
    bare = create_track(organisation=organisation, title="Night Bus")
    first = create_track(organisation=organisation, isrc=isrc(2), title="Night Bus", artists=[{"name": "Bo"}])
    second = create_track(organisation=organisation, isrc=isrc(3), title="Night Bus", artists=[{"name": "Bo"}])
    kept = merge_tracks(keep=bare, others=[second, first])
    assert kept.isrc == isrc(2)
    assert kept.artist == "Bo"
    assert aliases_of(organisation) == [("isrc", isrc(3), bare.pk, None)]


def test_an_alias_of_the_merged_track_is_taken_along(organisation: Organisation, track: Track) -> None:
    other = create_track(organisation=organisation, title="Other")
    twin = create_track(organisation=organisation, isrc=isrc(2), title="Nite Bus")
    create_alias(organisation=organisation, given={"kind": "isrc", "value": isrc(2), "track": other.pk})
    merge_tracks(keep=track, others=[twin])
    assert aliases_of(organisation) == [("isrc", isrc(2), track.pk, None)]


def test_a_merged_release_leaves_its_upc_and_its_tracks(
    organisation: Organisation, track: Track, release: Release
) -> None:
    twin = create_release(organisation=organisation, upc=upc(7), title="Lines (Copy)", artists=[{"name": "Other"}])
    single = create_track(organisation=organisation, title="x", releases=[{"id": twin.pk}])
    also = create_track(organisation=organisation, title="y", releases=[{"id": twin.pk}, {"id": release.pk}])
    kept = merge_releases(keep=release, others=[twin])
    assert Release.objects.of(organisation).get() == kept
    assert {place.track for place in release.places.all()} == {track, single, also}
    assert aliases_of(organisation) == [("upc", upc(7).zfill(14), None, release.pk)]
    assert kept.artist == "Aurora Lane"


def test_a_merged_artist_leaves_the_credits(organisation: Organisation, track: Track) -> None:
    keep = Artist.objects.of(organisation).get(name="Aurora Lane")
    twin = create_artist(organisation=organisation, name="A. Lane")
    both = create_track(organisation=organisation, title="x", artists=[{"id": keep.pk}, {"id": twin.pk}])
    own = create_track(organisation=organisation, title="y", artists=[{"id": twin.pk, "role": "producer"}])
    album = create_release(organisation=organisation, title="z", artists=[{"id": twin.pk}])
    merge_artists(keep=keep, others=[twin])
    assert not Artist.objects.of(organisation).filter(pk=twin.pk).exists()
    assert [credit.artist for credit in both.credits.all()] == [keep]
    assert [(credit.artist, credit.role) for credit in own.credits.all()] == [(keep, "producer")]
    assert album.artist == "Aurora Lane"


def test_those_of_two_organisations_are_not_merged(
    organisation: Organisation, other_organisation: Organisation, track: Track
) -> None:
    foreign = create_track(organisation=other_organisation, title="Charlie's")
    with pytest.raises(NotOneOrganisation):
        merge_tracks(keep=track, others=[foreign])
    assert Track.objects.of(other_organisation).get() == foreign


def test_what_is_gone_is_not_merged_and_nothing_else_either(organisation: Organisation, track: Track) -> None:
    twin = create_track(organisation=organisation, isrc=isrc(2), title="x")
    gone = create_track(organisation=organisation, isrc=isrc(3), title="y")
    Track.objects.of(organisation).filter(pk=gone.pk).delete()
    with pytest.raises(Gone):
        merge_tracks(keep=track, others=[twin, gone])
    assert Track.objects.of(organisation).count() == 2
    assert aliases_of(organisation) == []


def test_one_with_itself_changes_nothing(organisation: Organisation, track: Track) -> None:
    merge_tracks(keep=track, others=[track])
    assert Track.objects.of(organisation).get() == track


def test_a_release_without_upc_and_artists_takes_them_over_from_the_oldest(organisation: Organisation) -> None:
    keep, first, second = (
        create_release(organisation=organisation, title="Lines", **given)
        for given in (
            {"catalogue_number": "AL-1"},
            {"upc": upc(5), "artists": [{"name": "Bo"}]},
            {"upc": upc(4), "artists": [{"name": "Bo"}, {"name": "Cy"}], "catalogue_number": "AL-2"},
        )
    )
    kept = merge_releases(keep=keep, others=[second, first], actor="alice")
    kept.refresh_from_db()
    assert (kept.upc, kept.artist, kept.catalogue_number) == (upc(5), "Bo, Cy", "AL-1")
    alias = Alias.objects.of(organisation).get()
    assert (alias.key, alias.text, alias.created_by) == (upc(4).zfill(14), upc(4), "alice")


def test_aliases_of_a_merged_release_lead_to_the_one_that_is_kept(organisation: Organisation, release: Release) -> None:
    twin = create_release(organisation=organisation, title="Lines")
    create_alias(organisation=organisation, given={"kind": "upc", "value": upc(8), "release": twin.pk})
    merge_releases(keep=release, others=[twin])
    assert aliases_of(organisation) == [("upc", upc(8).zfill(14), None, release.pk)]


def test_several_artists_are_merged_where_some_share_a_credit(organisation: Organisation) -> None:
    keep, one, two = (create_artist(organisation=organisation, name=name) for name in ("Bo", "B.", "Bo!"))
    shared = create_track(organisation=organisation, title="x", artists=[{"id": one.pk}, {"id": two.pk}])
    album = create_release(organisation=organisation, title="y", artists=[{"id": two.pk}, {"id": one.pk}])
    merge_artists(keep=keep, others=[one, two, one])
    assert [credit.artist for credit in shared.credits.all()] == [keep]
    assert [credit.artist for credit in album.credits.all()] == [keep]
    assert Artist.objects.of(organisation).get() == keep


def test_merging_counts_as_one_change_and_one_that_is_refused_as_none(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    keep, twin = (create_artist(organisation=organisation, name=name) for name in ("Bo", "B."))
    foreign = create_artist(organisation=other_organisation, name="Bo")
    before = CatalogueState.objects.get(pk=organisation.pk).change
    with pytest.raises(NotOneOrganisation):
        merge_artists(keep=keep, others=[twin, foreign])
    assert CatalogueState.objects.get(pk=organisation.pk).change == before
    merge_artists(keep=keep, others=[twin])
    assert CatalogueState.objects.get(pk=organisation.pk).change == before + 1
