"""What the published copy of a catalogue holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Organisation
from catalogue.models import CatalogueState, Release, Track
from catalogue.services.aliases import create_alias
from catalogue.services.export import ROWS
from catalogue.services.published_copy import publish_now
from catalogue.services.works import create_track
from tests.catalogue.copies import read


def test_the_copy_has_each_track_on_each_release_and_each_release(
    organisation: Organisation, release: Release, track: Track, tmp_path: Path
) -> None:
    single = create_track(organisation=organisation, title="Alone", artists=[{"name": "Bo", "role": "featured"}])
    version = publish_now(organisation)
    assert read(version.key, tmp_path).rows(named=True) == [
        {
            "track_id": track.pk,
            "release_id": release.pk,
            "artist": "Aurora Lane",
            "track_title": "Night Bus",
            "track_version": "Radio Edit",
            "release_title": "Lines",
            "isrc": "QZAAA2500001",
            "upc": "00036000291452",
            "catalogue_number": "AL001LP",
            "label": "Label A",
            "reference": f"T{track.pk}",
        },
        {
            **dict.fromkeys(("release_id", "artist", "track_version", "release_title", "isrc", "upc")),
            **dict.fromkeys(("catalogue_number", "label")),
            "track_id": single.pk,
            "track_title": "Alone",
            "reference": f"T{single.pk}",
        },
        {
            **dict.fromkeys(("track_id", "track_title", "track_version", "isrc")),
            "release_id": release.pk,
            "artist": "Aurora Lane",
            "release_title": "Lines",
            "upc": "00036000291452",
            "catalogue_number": "AL001LP",
            "label": "Label A",
            "reference": f"R{release.pk}",
        },
    ]
    assert (version.rows, version.aliases) == (3, 0)


def test_the_aliases_are_an_object_of_their_own(organisation: Organisation, track: Track, tmp_path: Path) -> None:
    given: Any = {"kind": "artist_title", "artist": "Aurora L.", "title": "Nite Bus", "track": track.pk}
    create_alias(organisation=organisation, given=given)
    version = publish_now(organisation)
    assert read(version.aliases_key, tmp_path).rows(named=True) == [
        {"kind": "artist_title", "key": "aurora l|nite bus", "track_id": track.pk, "release_id": None}
    ]


def test_an_empty_catalogue_can_be_published(organisation: Organisation, tmp_path: Path) -> None:
    version = publish_now(organisation)
    rows = read(version.key, tmp_path)
    assert rows.height == 0
    assert rows.schema == ROWS
    assert read(version.aliases_key, tmp_path).columns == ["kind", "key", "track_id", "release_id"]


def test_nothing_of_another_organisation_is_in_the_copy(
    organisation: Organisation, other_organisation: Organisation, track: Track, tmp_path: Path
) -> None:
    create_track(organisation=other_organisation, title="Not yours", artists=[{"name": "Aurora Lane"}])
    titles = read(publish_now(other_organisation).key, tmp_path)["track_title"].to_list()
    assert titles == ["Not yours"]


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_copy_is_of_one_moment(organisation: Organisation) -> None:
    create_track(organisation=organisation, title="Night Bus")
    version = publish_now(organisation)
    assert version.number == CatalogueState.objects.get(pk=organisation.pk).change == 1
