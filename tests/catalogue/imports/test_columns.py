from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue.models import Release, Track
from catalogue.services.imports.columns import header_key, map_header
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
