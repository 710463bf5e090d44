"""Importing a text as the worker would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accounts.models import Organisation
from catalogue.models import Artist, CatalogueImport, Release, ReleaseTrack, Track, TrackArtist
from catalogue.services.imports import run_import, start_import

HEADER = "ISRC,Title,Version,Artist,Featuring,UPC,Release Title,Release Artist,Catalogue Number,Label,Track Number"


def begin(organisation: Organisation, folder: Path, content: str | bytes, **options: Any) -> CatalogueImport:
    path = folder / "catalogue.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return start_import.import_file(
        organisation=organisation, path=path, filename="catalogue.csv", work=False, actor="alice", **options
    )


def import_text(organisation: Organisation, folder: Path, content: str | bytes, **options: Any) -> CatalogueImport:
    row = begin(organisation, folder, content, **options)
    run_import.run(row.pk)
    row.refresh_from_db()
    return row


def problems_of(row: CatalogueImport) -> list[tuple[int, str, str, str]]:
    found = row.problems.order_by("row", "column")
    return [(problem.row, problem.column, problem.code, problem.value) for problem in found]


def isrc(number: int) -> str:
    return f"QZAAA{number:07d}"


def upc(number: int) -> str:
    """Twelve digits with their check digit (GS1 General Specifications, 7.9)."""
    digits = f"{number:011d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def catalogue(count: int, *, title: str = "Track") -> str:
    lines = [
        f"{isrc(n)},{title} {n},Artist {n % 97};Artist {n % 89 + 100},Guest {n % 7},{upc(n // 10 + 1)},Album {n // 10},"
        f"{n % 10 + 1}"
        for n in range(count)
    ]
    return "\n".join(["ISRC,Title,Artist,Featuring,UPC,Release Title,Track Number", *lines])


def totals(organisation: Organisation) -> tuple[int, ...]:
    tracks = Track.objects.of(organisation)
    return (
        tracks.count(),
        Release.objects.of(organisation).count(),
        Artist.objects.of(organisation).count(),
        TrackArtist.objects.filter(track__in=tracks).count(),
        ReleaseTrack.objects.filter(track__in=tracks).count(),
    )


LINE = f"{isrc(1)},Night Bus,Radio Edit,Aurora Lane; Cy,Bo,{upc(1)},Lines,Aurora Lane,AL-1,Label A,3"
