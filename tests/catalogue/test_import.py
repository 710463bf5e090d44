from __future__ import annotations

from pathlib import Path

from oas.accounts.models import Organisation
from oas.catalogue.models import Release, ReleaseTrack, Track
from tests.catalogue.importing import HEADER, import_text, isrc, upc


def test_a_row_makes_a_track_on_a_release(organisation: Organisation, tmp_path: Path) -> None:
    text = f"{HEADER}\n{isrc(1)},Night Bus,Radio Edit,Aurora Lane; Cy,Bo,{upc(1)},Lines,Aurora Lane,AL-1,Label A,3\n"
    row = import_text(organisation, tmp_path, text)
    assert (row.status, row.total_rows, row.valid_rows, row.error_rows) == ("DONE", 1, 1, 0), row.message
    track = Track.objects.of(organisation).get()
    assert (track.isrc, track.title, track.version, track.artist) == (
        isrc(1),
        "Night Bus",
        "Radio Edit",
        "Aurora Lane, Cy",
    )
    assert [(credit.artist.name, credit.role) for credit in track.credits.all()][-1] == ("Bo", "featured")
    release = Release.objects.of(organisation).get()
    assert (release.upc, release.title, release.artist, release.catalogue_number) == (
        upc(1),
        "Lines",
        "Aurora Lane",
        "AL-1",
    )
    place = ReleaseTrack.objects.get()
    assert (place.track, place.release, place.disc, place.position) == (track, release, 1, 3)
