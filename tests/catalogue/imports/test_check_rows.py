from __future__ import annotations

from datetime import date
from pathlib import Path

from accounts.models import Organisation
from catalogue.models import Artist, Release, Track
from tests.catalogue.importing import import_text, isrc, problems_of, upc


def test_wrong_rows_are_listed_by_cell_and_the_others_go_in(organisation: Organisation, tmp_path: Path) -> None:
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
