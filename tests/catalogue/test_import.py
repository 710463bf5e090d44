"""What an import makes of a file."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueState, Release, ReleaseTrack, Track
from catalogue.services.published_copy import publish_now
from tests.catalogue.importing import HEADER, import_text, isrc, problems_of, upc

LINE = f"{isrc(1)},Night Bus,Radio Edit,Aurora Lane; Cy,Bo,{upc(1)},Lines,Aurora Lane,AL-1,Label A,3"


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


def test_wrong_rows_are_told_and_the_others_go_in(organisation: Organisation, tmp_path: Path) -> None:
    header = "ISRC,Title,UPC,Release Title,Duration,Release Date,Territories,Disc,Track Number"
    lines = [
        f"{isrc(1)},Right,{upc(1)},Lines,3:45,2025-01-31,DE AT,1,1",
        ",No identifier,,,,,,,",
        "QZAAA25,Bad ISRC,,,,,,,",
        f"{isrc(2)},Bad digit,036000291453,Lines,,,,,",
        f"{isrc(3)},Bad UPC,12AB,Lines,,,,,",
        f"{isrc(1)},Right,{upc(1)},Lines,,,,,",
        f"{isrc(1)},Another title,{upc(2)},Other,,,,,",
        f"{isrc(4)},,,,,,,,",
        f"{isrc(5)},No release title,{upc(3)},,,,,,",
        f"{isrc(6)},Many wrong,,,x,31.13.2025,ZZ,0,-1",
        ",,,,,,,,",
        f"{isrc(7)},{'a' * 501},,,,,,,",
        f"{isrc(8)},Right too,,,0:03:45,31.01.2025,WORLD,02,2/12",
    ]
    row = import_text(organisation, tmp_path, "\n".join([header, *lines]))
    assert (row.status, row.total_rows, row.valid_rows, row.error_rows) == ("DONE", 12, 2, 10)
    assert problems_of(row) == [
        (3, "isrc", "no_identifier", ""),
        (4, "isrc", "bad_isrc", "QZAAA25"),
        (5, "upc", "bad_check_digit", "036000291453"),
        (6, "upc", "bad_upc", "12AB"),
        (7, "isrc", "duplicate", isrc(1)),
        (8, "title", "conflict", "Another title"),
        (9, "title", "required", isrc(4)),
        (10, "release_title", "required", upc(3)),
        (11, "disc", "bad_number", "0"),
        (11, "duration", "bad_duration", "x"),
        (11, "position", "bad_number", "-1"),
        (11, "release_date", "bad_date", "31.13.2025"),
        (11, "territories", "bad_territory", "ZZ"),
        (13, "title", "too_long", "a" * 200),
    ]
    tracks = Track.objects.of(organisation).order_by("isrc")
    assert [(track.isrc, track.duration) for track in tracks] == [(isrc(1), 225), (isrc(8), 225)]
    release = Release.objects.of(organisation).get()
    assert (release.territories, release.date) == (["AT", "DE"], date(2025, 1, 31))
    assert not Artist.objects.of(organisation).exists()


def test_a_row_that_falls_takes_the_only_title_with_it(organisation: Organisation, tmp_path: Path) -> None:
    """The one row that names the track's title is left out because of its release: so is the other row."""
    text = f"ISRC,Title,UPC,Release Title\n{isrc(1)},Night Bus,{upc(1)},\n{isrc(1)},,{upc(2)},Lines\n"
    row = import_text(organisation, tmp_path, text)
    assert problems_of(row) == [(2, "release_title", "required", upc(1)), (3, "title", "required", isrc(1))]
    assert not Track.objects.of(organisation).exists()
    assert not Release.objects.of(organisation).exists()


def test_a_track_may_be_on_several_releases(organisation: Organisation, tmp_path: Path) -> None:
    text = f"ISRC,Title,UPC,Release Title\n{isrc(1)},,{upc(1)},Lines\n{isrc(1)},Night Bus,{upc(2)},Single\n"
    row = import_text(organisation, tmp_path, text)
    assert row.error_rows == 0
    track = Track.objects.of(organisation).get()
    assert track.title == "Night Bus"
    assert sorted(release.title for release in track.releases.all()) == ["Lines", "Single"]


def test_a_file_of_releases_alone_is_about_releases(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f"EAN;Title;Artist;Label Name\n{upc(1)};Lines;Aurora Lane;Label A\n")
    assert row.columns == {"upc": "EAN", "release_title": "Title", "release_artist": "Artist", "label": "Label Name"}
    release = Release.objects.of(organisation).get()
    assert (release.title, release.artist) == ("Lines", "Aurora Lane")
    assert not Track.objects.of(organisation).exists()


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


# --- files as they come ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_breaks_do_not_matter(
    organisation: Organisation, tmp_path: Path, delimiter: str, encoding: str, ending: str
) -> None:
    cells = (["Track ISRC", "Track Title", "Artist Name"], [isrc(1), "Señal für Zoë", "Björk"])
    text = ending.join(delimiter.join(row) for row in cells) + ending
    row = import_text(organisation, tmp_path, text.encode(encoding))
    assert (row.status, row.message, row.error_rows) == ("DONE", "", 0)
    track = Track.objects.of(organisation).get()
    assert (track.title, track.artist) == ("Señal für Zoë", "Björk")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f'ISRC,Title\n{isrc(1)},"Night, Bus"\n{isrc(2)},"Say ""Hi"""\n', ["Night, Bus", 'Say "Hi"']),
        (f'ISRC,Title\n{isrc(1)},"Night\nBus"\n{isrc(2)},Day\n', ["Night Bus", "Day"]),
        (f'ISRC,Title\n{isrc(1)},7" Mix\n{isrc(2)},12" Mix\n', ['7" Mix', '12" Mix']),
        (f"ISRC,Title\n{isrc(1)},  Night \t Bus  ,too,many\n{isrc(2)},Day\n", ["Night Bus", "Day"]),
        (f'"ISRC","Title","Notes"\n{isrc(1)},Night\n\n{isrc(2)},Day,x\n', ["Night", "Day"]),
        (f"ISRC,Title,Title\n{isrc(1)},Night,Other\n{isrc(2)},Day,\n", ["Night", "Day"]),
        (f"Track #,Song Title,ISRC Code\n1,Night,{isrc(1)}\n2,Day,{isrc(2)}", ["Night", "Day"]),
    ],
)
def test_cells_are_read_as_they_are_meant(
    organisation: Organisation, tmp_path: Path, text: str, titles: list[str]
) -> None:
    row = import_text(organisation, tmp_path, text)
    assert (row.status, problems_of(row)) == ("DONE", [])
    assert [track.title for track in Track.objects.of(organisation).order_by("isrc")] == titles


def test_a_gzip_is_taken(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, gzip.compress(f"{HEADER}\n{LINE}\n".encode()))
    assert (row.status, row.valid_rows) == ("DONE", 1)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"Title,Artist\nx,y\n", "no_identifier_column"),
        (b"PK\x03\x04whatever", "not_a_table"),
        (b"%PDF-1.7", "not_a_table"),
        (b"\x1f\x8b\x08nonsense", "corrupt_file"),
        (b"\x00\x01\x02\x03" * 100, "not_a_table"),
        (b"ISRC," + b"," * 600 + b"\n", "too_many_columns"),
    ],
)
def test_what_is_no_catalogue_fails_with_a_reason(
    organisation: Organisation, tmp_path: Path, content: bytes, cause: str
) -> None:
    row = import_text(organisation, tmp_path, content)
    assert (row.status, row.cause) == ("FAILED", cause)
    assert row.message
    assert row.finished_at is not None
    assert not CatalogueState.objects.filter(pk=organisation.pk).exists()


def test_a_header_without_rows_is_an_import_of_nothing(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, HEADER)
    assert (row.status, row.total_rows, row.valid_rows) == ("DONE", 0, 0)


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
