from __future__ import annotations

from pathlib import Path

from accounts.models import Organisation
from catalogue.models import Alias, Release, Track
from tests.catalogue.importing import import_text, isrc, problems_of, upc


def test_a_row_left_out_takes_the_only_title_with_it(organisation: Organisation, tmp_path: Path) -> None:
    """The one row that names the track's title is left out because of its release: so is the other row."""
    text = f"ISRC,Title,UPC,Release Title\n{isrc(1)},Night Bus,{upc(1)},\n{isrc(1)},,{upc(2)},Lines\n"
    row = import_text(organisation, tmp_path, text)
    assert problems_of(row) == [(2, "release_title", "required", upc(1)), (3, "title", "required", isrc(1))]
    assert not Track.objects.of(organisation).exists()
    assert not Release.objects.of(organisation).exists()


def test_an_identifier_that_is_an_alias_leads_to_what_was_kept(
    organisation: Organisation, track: Track, release: Release, tmp_path: Path
) -> None:
    """What was merged does not come back with the next import."""
    for kind, key, target in (("isrc", isrc(9), {"track": track}), ("upc", upc(9).zfill(14), {"release": release})):
        Alias.everything.create(organisation=organisation, kind=kind, key=key, text=key, **target)
    text = f"ISRC,Title,UPC,Release Title\n{isrc(9)},Old Name,{upc(9)},Old Lines\n{isrc(9)},,{upc(2)},Single\n"
    row = import_text(organisation, tmp_path, text)
    assert (row.status, row.error_rows) == ("DONE", 0)
    assert Track.objects.of(organisation).get().title == "Night Bus"
    assert sorted(Release.objects.of(organisation).values_list("title", flat=True)) == ["Lines", "Single"]
    assert sorted(place.release.title for place in track.places.all()) == ["Lines", "Single"]
