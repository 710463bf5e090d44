from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue.models import Alias, Release, Track
from catalogue.services.imports import staged_rows
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


def test_a_row_that_repeats_a_title_in_other_letters_is_no_conflict(organisation: Organisation, tmp_path: Path) -> None:
    lines = [f"{isrc(1)},Night Bus,Live,{upc(1)},A", f"{isrc(1)},NIGHT bus,live,{upc(2)},B", f"{isrc(1)},,,{upc(3)},C"]
    row = import_text(organisation, tmp_path, "\n".join(["ISRC,Title,Version,UPC,Release Title", *lines]))
    assert (problems_of(row), row.valid_rows) == ([], 3)
    track = Track.objects.of(organisation).get()
    assert (track.title, track.version, track.places.count()) == ("Night Bus", "Live", 3)


def test_another_version_under_one_isrc_is_a_conflict_of_the_later_row(
    organisation: Organisation, tmp_path: Path
) -> None:
    lines = [f"{isrc(1)},Night Bus,Live,{upc(1)},A", f"{isrc(1)},Night Bus,Dub,{upc(2)},B"]
    row = import_text(organisation, tmp_path, "\n".join(["ISRC,Title,Version,UPC,Release Title", *lines]))
    assert problems_of(row) == [(3, "title", "conflict", "Night Bus")]
    assert Track.objects.of(organisation).get().version == "Live"
    assert Release.objects.of(organisation).get().title == "A"


def test_of_three_rows_with_the_same_codes_the_first_counts(organisation: Organisation, tmp_path: Path) -> None:
    text = f"ISRC,UPC,Title,Release Title\n{isrc(1)},,A,\n{isrc(1)},,B,\n,{upc(1)},,C\n,{upc(1)},,D\n{isrc(1)},,A,\n"
    row = import_text(organisation, tmp_path, text)
    assert problems_of(row) == [
        (3, "isrc", "duplicate", isrc(1)), (5, "upc", "duplicate", upc(1)), (6, "isrc", "duplicate", isrc(1)),
    ]  # fmt: skip
    assert (Track.objects.of(organisation).get().title, Release.objects.of(organisation).get().title) == ("A", "C")


def test_what_another_organisation_has_is_new_here(
    organisation: Organisation, other_organisation: Organisation, track: Track, tmp_path: Path
) -> None:
    """Neither a known title nor an alias of Label A spares Label C the title of a new track."""
    Alias.everything.create(organisation=organisation, kind="isrc", key=isrc(9), text=isrc(9), track=track)
    row = import_text(other_organisation, tmp_path, f"ISRC\n{track.isrc}\n{isrc(9)}\n", preview=True)
    assert problems_of(row) == [(2, "title", "required", track.isrc), (3, "title", "required", isrc(9))]


def test_all_bad_rows_are_counted_and_only_the_first_problems_are_kept(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_rows, "MOST_PROBLEMS", 3)
    bad = "\n".join(f"bad{number},x,0,y" for number in range(5))
    row = import_text(organisation, tmp_path, f"ISRC,Title,Disc,Duration\n{isrc(1)},Night,1,\n{bad}\n")
    assert (row.total_rows, row.valid_rows, row.error_rows) == (6, 1, 5)
    assert row.problems.count() == 3


def test_a_sample_is_the_first_rows_of_one_import_in_their_normal_form(
    organisation: Organisation, tmp_path: Path
) -> None:
    text = f"ISRC,Title,Duration,Territories\nqz-aaa-00-00001,Night,3:45,\n{isrc(2)},Day,,\n"
    row = import_text(organisation, tmp_path, text, preview=True)
    import_text(organisation, tmp_path, f"ISRC,Title\n{isrc(3)},Other\n", preview=True)
    (first,) = staged_rows.sample(row.pk, 1)
    assert (first["number"], first["isrc"], first["title"], first["duration"]) == (2, isrc(1), "Night", 225)
    assert (first["upc"], first["territories"]) == (None, None)
    assert [each["title"] for each in staged_rows.sample(row.pk, 20)] == ["Night", "Day"]
