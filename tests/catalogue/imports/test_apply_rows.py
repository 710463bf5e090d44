"""What applying the rows of an import makes of the catalogue."""

from __future__ import annotations

from pathlib import Path

from accounts.models import Organisation
from catalogue.models import CatalogueState, Release, ReleaseTrack, Track
from catalogue.services.published_copy import publish_now
from tests.catalogue.importing import HEADER, LINE, import_text, isrc, upc


def test_a_row_makes_a_track_on_a_release(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    assert (row.status, row.total_rows, row.valid_rows, row.error_rows) == ("DONE", 1, 1, 0)
    track = Track.objects.of(organisation).get()
    assert (track.isrc, track.title, track.version) == (isrc(1), "Night Bus", "Radio Edit")
    assert [(credit.artist.name, credit.role, credit.position) for credit in track.credits.all()] == [
        ("Aurora Lane", "main", 1),
        ("Cy", "main", 2),
        ("Bo", "featured", 3),
    ]
    release = Release.objects.of(organisation).get()
    assert (release.upc, release.title, release.artist) == (upc(1), "Lines", "Aurora Lane")
    assert (release.catalogue_number, release.label, release.territories) == ("AL-1", "Label A", [])
    place = ReleaseTrack.objects.get()
    assert (place.track, place.release, place.disc, place.position) == (track, release, 1, 3)
    assert row.counts == {
        "tracks_new": 1, "tracks_known": 0, "releases_new": 1, "releases_known": 0, "artists_created": 3,
        "tracks_created": 1, "tracks_updated": 0, "releases_created": 1, "releases_updated": 0, "credits_changed": 4,
        "places_changed": 1,
    }  # fmt: skip


def test_the_same_file_again_changes_nothing(organisation: Organisation, tmp_path: Path) -> None:
    text = f"{HEADER}\n{LINE}\n{isrc(2)},Day Bus,,Aurora Lane,,{upc(1)},,,,,4\n"
    import_text(organisation, tmp_path, text)
    before = list(Track.objects.of(organisation).values()), list(Release.objects.of(organisation).values())
    change = CatalogueState.objects.get(pk=organisation.pk).change
    row = import_text(organisation, tmp_path, text)
    assert row.status == "DONE"
    assert (row.counts["tracks_known"], row.counts["releases_known"]) == (2, 1)
    assert not any(count for name, count in row.counts.items() if not name.endswith("_known"))
    assert (list(Track.objects.of(organisation).values()), list(Release.objects.of(organisation).values())) == before
    assert CatalogueState.objects.get(pk=organisation.pk).change == change


def test_what_is_known_is_changed_by_its_identifier(organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    track, release = Track.objects.of(organisation).get(), Release.objects.of(organisation).get()
    text = f"{HEADER}\n{isrc(1)},Night Train,,Dee,,{upc(1)},,Eff,AL-2,,5\n"
    row = import_text(organisation, tmp_path, text)
    track.refresh_from_db()
    release.refresh_from_db()
    assert (track.title, track.version, track.artist) == ("Night Train", "Radio Edit", "Dee")
    assert [credit.artist.name for credit in track.credits.filter(role="featured")] == ["Bo"]  # the cell was empty
    assert (release.title, release.catalogue_number, release.label) == ("Lines", "AL-2", "Label A")
    assert release.artist == "Eff"
    assert ReleaseTrack.objects.get().position == 5
    assert (row.counts["tracks_updated"], row.counts["releases_updated"], row.counts["tracks_created"]) == (1, 1, 0)


def test_a_title_is_not_needed_for_what_is_known(organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    row = import_text(organisation, tmp_path, f"ISRC,UPC,Track Number\n{isrc(1)},{upc(1)},7\n")
    assert (row.status, row.error_rows) == ("DONE", 0)
    assert ReleaseTrack.objects.get().position == 7


def test_a_track_may_be_on_several_releases(organisation: Organisation, tmp_path: Path) -> None:
    text = f"ISRC,Title,UPC,Release Title\n{isrc(1)},,{upc(1)},Lines\n{isrc(1)},Night Bus,{upc(2)},Single\n"
    row = import_text(organisation, tmp_path, text)
    assert row.error_rows == 0
    track = Track.objects.of(organisation).get()
    assert track.title == "Night Bus"
    assert sorted(release.title for release in track.releases.all()) == ["Lines", "Single"]


def test_formulas_are_kept_as_the_text_they_are(organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, f"ISRC,Title,Artist\n{isrc(1)},=1+1,@home\n")
    track = Track.objects.of(organisation).get()
    assert (track.title, track.artist) == ("=1+1", "@home")


def test_what_was_imported_is_in_the_next_copy(organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    assert publish_now(organisation).rows == 2


def test_another_organisation_has_its_own(
    organisation: Organisation, other_organisation: Organisation, tmp_path: Path
) -> None:
    import_text(organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    row = import_text(other_organisation, tmp_path, f"{HEADER}\n{LINE}\n")
    assert (row.counts["tracks_created"], row.counts["artists_created"]) == (1, 3)
    assert Track.objects.of(organisation).get().pk != Track.objects.of(other_organisation).get().pk
