"""Sales files made of the names in `files.toml`, in the encoding of each, with few lines and with many."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from oas.kernel.intake.encodings.names import codec_of

HEADER = (
    "Date Inserted,Reporting Date,Sale Month,Store,Artist,Title,ISRC,UPC,Quantity,Team Percentage,Source Type,"
    "Country of Sale,Songwriter Royalties Withheld (USD),Earnings (USD),Recoup (USD)"
)
COUNTRIES = ("US", "GB", "DE", "FR", "JP", "BR", "MX", "SE", "CA", "AU")
MANY = 60  # lines


@dataclass(frozen=True)
class Encoded:
    """A sales file: which lines it has (`size`), of names in `language`, in `encoding`; `text` is what it says."""

    encoding: str
    language: str
    size: str
    text: str

    @property
    def content(self) -> bytes:
        return self.text.encode(codec_of(self.encoding))

    def __str__(self) -> str:
        return f"{self.encoding}, {self.language}, {self.size}"


@dataclass(frozen=True)
class Entry:
    """An entry of `files.toml`; `foreign` are its names that are not ASCII."""

    encoding: str
    language: str
    names: tuple[str, ...]

    @property
    def foreign(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if not name.replace(DASH, "").isascii())

    def file(self, names: tuple[str, ...], lines: int, size: str) -> Encoded:
        rows = [_row(name, number) for number, name in enumerate(islice(cycle(names), lines))]
        return Encoded(self.encoding, self.language, size, "\r\n".join((HEADER, *rows, "")))


DASH = " \u2014 "  # between artist and title


def _row(name: str, number: int) -> str:
    artist, _, title = name.partition(DASH)
    code, country = f"QZAAA26{number:05}", COUNTRIES[number % len(COUNTRIES)]
    start = f"2026-03-25,2026-03-25,2026-02,Spotify,{artist},{title or 'Intro'},{code},036000291452"
    return f"{start},{number + 1},100,Song,{country},0,0.4125,"


def entries() -> list[Entry]:
    found = tomllib.loads((Path(__file__).parent / "files.toml").read_text(encoding="utf-8"))["file"]
    return [Entry(each["encoding"], each["language"], tuple(each["names"])) for each in found]


def files() -> list[Encoded]:
    """Of each entry a file of two lines, one of three, and one of many with plain names among them."""
    sizes = [(entry, entry.foreign, size) for entry in entries() for size in (2, 3)]
    few = [entry.file(names[:size], size, f"{size} lines") for entry, names, size in sizes]
    return [*few, *(entry.file(entry.names, MANY, "many lines") for entry in entries())]


def single_names() -> list[Encoded]:
    """A file of one line for each name that is not ASCII."""
    return [entry.file((name,), 1, name) for entry in entries() for name in entry.foreign]
