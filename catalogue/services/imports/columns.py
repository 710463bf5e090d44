"""The columns an import knows, and the headers they are found under."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ARTISTS: Final = ("artist", "featured", "remixer", "composer", "producer", "release_artist")


@dataclass(frozen=True)
class Column:
    """A column of the import. `text` describes it to users; `headers` are further names as `header_key` writes them."""

    text: str
    headers: tuple[str, ...] = ()


COLUMNS: Final[dict[str, Column]] = {
    "isrc": Column("Of the track; a known one is changed.", ("isrccode", "trackisrc", "trackisrccode", "assetisrc")),
    "title": Column(
        "Of the track; needed for a new one.",
        ("tracktitle", "track", "trackname", "song", "songtitle", "songname", "assettitle", "recordingtitle"),
    ),
    "version": Column(
        "Of the track: Radio Edit, Live …",
        ("trackversion", "mixversion", "mix", "assetversion", "subtitle", "versiontitle", "mixname"),
    ),
    "artist": Column(
        "Main artists, several separated by ; or |.",
        ("artists", "trackartist", "trackartists", "mainartist", "mainartists", "primaryartist", "primaryartists",
         "artistname", "artistnames", "assetartist", "performer", "displayartist"),
    ),
    "featured": Column("Featured artists.", ("featuredartist", "featuredartists", "featuring", "feat", "ft")),
    "remixer": Column("Remixers.", ("remixers", "remixername", "remixedby")),
    "composer": Column("Composers.", ("composers", "songwriter", "songwriters", "writer", "writers", "author")),
    "producer": Column("Producers.", ("producers", "producedby")),
    "duration": Column("3:45, 0:03:45, PT3M45S, or seconds.", ("length", "trackduration", "tracklength", "time")),
    "upc": Column(
        "UPC, EAN or GTIN of the release; a known one is changed.",
        ("ean", "upcean", "eanupc", "upccode", "eancode", "barcode", "gtin", "icpn", "productupc", "releaseupc",
         "albumupc", "upcgtin", "upceancode"),
    ),
    "release_title": Column(
        "Needed for a new release.",
        ("release", "releasename", "album", "albumtitle", "albumname", "product", "producttitle", "projecttitle"),
    ),
    "release_version": Column("Deluxe, Remastered …", ("albumversion", "productversion")),
    "release_artist": Column(
        "Artists of the release, several separated by ; or |.",
        ("releaseartists", "albumartist", "albumartists", "productartist", "productartists"),
    ),
    "catalogue_number": Column(
        "Of the release.",
        ("catalognumber", "catalogue", "catalog", "cataloguenr", "catalogno", "catalogueno", "catno", "catnumber",
         "productcatalognumber", "releasecatalognumber", "releasecatalognb", "labelcatalognumber", "cataloguenum"),
    ),
    "label": Column("Of the release.", ("labelname", "imprint", "imprintlabel", "productlabel", "recordlabel")),
    "release_date": Column(
        "2025-01-31, 2025/01/31, 20250131 or 31.01.2025.",
        ("date", "originalreleasedate", "releasedon", "streetdate", "albumreleasedate"),
    ),
    "territories": Column(
        "Two-letter countries, separated by spaces or commas; WORLD for all.",
        ("territory", "countries", "country", "releaseterritories"),
    ),
    "disc": Column("Of the track on the release.", ("discnumber", "disk", "disknumber", "volume", "volumenumber")),
    "position": Column(
        "Of the track on the disc.",
        ("tracknumber", "trackno", "tracknr", "trackposition", "sequence", "tracksequence", "number"),
    ),
}  # fmt: skip
_BY_HEADER: Final = {
    header_key: name for name, column in COLUMNS.items() for header_key in (name.replace("_", ""), *column.headers)
}
_OF_RELEASE: Final = {"title": "release_title", "version": "release_version", "artist": "release_artist"}


@dataclass(frozen=True)
class Mapping:
    """The columns found. `places`: column → its place in the file, from 0; `headers`: column → its header there."""

    places: dict[str, int]
    headers: dict[str, str]
    ignored: tuple[str, ...]

    @property
    def has_identifier(self) -> bool:
        return "isrc" in self.places or "upc" in self.places


def map_header(headers: Sequence[str]) -> Mapping:
    """Find the columns of `COLUMNS` among `headers`. Of two headers for one column the first counts.

    A file without ISRCs is about releases: its columns for title, version and artist are those of the release.
    """
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        name = _BY_HEADER.get(header_key(header))
        if name is not None:
            places.setdefault(name, place)
    if "isrc" not in places and "upc" in places:
        for name, of_release in _OF_RELEASE.items():
            if name in places:
                places.setdefault(of_release, places.pop(name))
    used = set(places.values())
    ignored = tuple(header for place, header in enumerate(headers) if place not in used and header.strip())
    return Mapping(places, {name: headers[place] for name, place in places.items()}, ignored)


def header_key(header: str) -> str:
    """Return letters and digits in lower case: `Track #` is tracknumber, `Catalogue No.` is catalogueno."""
    return re.sub(r"[^a-z0-9]", "", header.lower().replace("#", "number"))
