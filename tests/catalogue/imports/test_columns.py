from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue.models import Release, Track
from catalogue.services.imports.columns import COLUMNS, header_key, map_header
from tests.catalogue.importing import import_text, upc


def test_a_file_of_releases_alone_is_about_releases(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f"EAN;Title;Artist;Label Name\n{upc(1)};Lines;Aurora Lane;Label A\n")
    assert row.columns == {"upc": "EAN", "release_title": "Title", "release_artist": "Artist", "label": "Label Name"}
    release = Release.objects.of(organisation).get()
    assert (release.title, release.artist) == ("Lines", "Aurora Lane")
    assert not Track.objects.of(organisation).exists()


@pytest.mark.parametrize(
    ("header", "key"), [("Track #", "tracknumber"), ("Catalogue No.", "catalogueno"), ("É", ""), ("ISRC", "isrc")]
)
def test_headers_are_compared_by_letters_and_digits(header: str, key: str) -> None:
    assert header_key(header) == key


def test_of_two_headers_for_one_column_the_first_counts() -> None:
    found = map_header(["ISRC", "Title", "Song", "Mood", " "])
    assert (found.places, found.headers) == ({"isrc": 0, "title": 1}, {"isrc": "ISRC", "title": "Title"})
    assert (found.ignored, found.has_identifier) == (("Song", "Mood"), True)
    assert not map_header(["Title"]).has_identifier


def test_in_a_file_of_releases_a_release_title_counts_before_a_title() -> None:
    found = map_header(["UPC", "Title", "Release Title", "Version"])
    assert found.headers == {"upc": "UPC", "release_title": "Release Title", "release_version": "Version"}
    assert found.ignored == ("Title",)


def test_in_a_file_of_tracks_a_title_is_that_of_the_track() -> None:
    found = map_header(["UPC", "Title", "Artist", "ISRC"])
    assert set(found.places) == {"upc", "title", "artist", "isrc"}


def test_a_header_names_one_column_only_and_is_written_as_it_is_looked_up() -> None:
    headers = [header for name, column in COLUMNS.items() for header in (name.replace("_", ""), *column.headers)]
    assert len(headers) == len(set(headers))
    assert [header_key(header) for header in headers] == headers
