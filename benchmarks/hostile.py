"""The hostile files of `benchmarks.hostile_files`: small to send, costly to read."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import openpyxl

HEADER: Final = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
)
BELIEVE: Final = (
    "Reporting month;Sales Month;Platform;Country / Region;Label Name;Artist Name;Release title;Track title;UPC;ISRC;"
    "Release Catalog nb;Streaming Subscription Type;Release type;Sales Type;Quantity;Client Payment Currency;"
    "Unit Price;Mechanical Fee;Gross Revenue;Client share rate;Net Revenue\n"
)
LINE: Final = "2025-09-25\t2025-07\tSpotify\tArtist A\tSong\tQZAAA2500001\t\t1\t100\tSong\tUS\t0\t0.50\n"
DSR: Final = "HEAD\t12\t1.0\tDSR\t2025-01-01T00:00:00Z\n"
MANY: Final = 10_000_000
Piece = str | bytes | Iterator[str] | Iterator[bytes]


@dataclass(frozen=True)
class HostileFile:
    """A file that `make` writes to a path; `what` is in it, for people."""

    what: str
    make: Callable[[Path], None]


def line(number: int, **cells: str) -> str:
    given = {"month": "2025-07", "store": "Spotify", "artist": "Artist A", "title": "Song", "net": "0.50"} | cells
    return (
        f"2025-09-25\t{given['month']}\t{given['store']}\t{given['artist']}\t{given['title']}\t"
        f"QZAAA25{number % 100_000:05}\t\t1\t100\tSong\t{given.get('territory', 'US')}\t0\t{given['net']}\n"
    )


def packed(pieces: Callable[[], Iterable[Piece]]) -> Callable[[Path], None]:
    """A file with `pieces`, which may be made of others, as gzip."""

    def make(path: Path) -> None:
        with gzip.open(path, "wb", compresslevel=9) as file:
            for piece in flat(pieces()):
                file.write(piece.encode() if isinstance(piece, str) else piece)

    return make


def flat(pieces: Iterable[Piece]) -> Iterator[str | bytes]:
    for piece in pieces:
        if isinstance(piece, str | bytes):
            yield piece
        else:
            yield from piece


def repeated(text: str, times: int) -> Iterator[str]:
    """`text` so many times, a megabyte or so at a time."""
    some = max(1, 1_000_000 // len(text))
    for _ in range(times // some):
        yield text * some
    yield text * (times % some)


def lines(make: Callable[[int], str], count: int) -> Iterator[str]:
    for start in range(0, count, 10_000):
        yield "".join(make(number) for number in range(start, min(count, start + 10_000)))


def members(count: int) -> Callable[[Path], None]:
    """A zip of `count` members with one line each."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(count):
                archive.writestr(f"{number:04}.tsv", HEADER + line(number, net=f"0.{number + 1:05}"))

    return make


def sheets(count: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = openpyxl.Workbook()
        for number in range(count):
            sheet = book.create_sheet(f"s{number}")
            sheet.append(HEADER.rstrip("\n").split("\t"))
            sheet.append(line(number, net=f"0.{number + 1:05}").rstrip("\n").split("\t"))
        del book["Sheet"]
        book.save(path)

    return make


def workbook(rows: Callable[[], Iterable[list[str]]]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("sales")
        for row in rows():
            sheet.append(row)
        book.save(path)

    return make


def last_row(path: Path) -> None:
    """A workbook with a cell in its last row, and nothing between."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER.rstrip("\n").split("\t"))
    sheet.append(line(1).rstrip("\n").split("\t"))
    sheet.cell(row=1_048_576, column=13, value="0.50")
    book.save(path)


def shared_strings(path: Path) -> None:
    """A workbook whose cells all refer to a few long shared strings."""
    text = "x" * 30_000
    target = io.BytesIO()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("sales")
    sheet.append(HEADER.rstrip("\n").split("\t"))
    for number in range(20_000):
        sheet.append(line(number, title=text).rstrip("\n").split("\t"))
    book.save(target)
    path.write_bytes(target.getvalue())


def deep_dsr(count: int) -> Iterator[str]:
    yield DSR
    yield from repeated("AS01\t1\t2\t3\t4\t5\t6\t7\t8\t9\n", count)


FILES: Final[dict[str, HostileFile]] = {
    "blank lines": HostileFile("10 million blank lines", packed(lambda: [HEADER, LINE, repeated("\n", MANY), LINE])),
    "blank lines, 200 MB": HostileFile(
        "as many blank lines as OAS unpacks of a small file",
        packed(lambda: [HEADER, LINE, repeated("\n", 20 * MANY - 10**6)]),
    ),
    "blank CRLF lines": HostileFile("10 million of them", packed(lambda: [HEADER, LINE, repeated("\r\n", MANY), LINE])),
    "every other line blank": HostileFile(
        "a million sales", packed(lambda: [HEADER, lines(lambda number: line(number) + "\n", 1_000_000)])
    ),
    "lines of spaces": HostileFile("5 million", packed(lambda: [HEADER, LINE, repeated("  \n", MANY // 2)])),
    "only separators": HostileFile(
        "5 million lines of tabs", packed(lambda: [HEADER, LINE, repeated("\t" * 12 + "\n", MANY // 2)])
    ),
    "all rejected": HostileFile(
        "10 million lines of one letter", packed(lambda: [HEADER, LINE, repeated("x\n", MANY)])
    ),
    "all rejected, long": HostileFile(
        "2 million lines without an amount",
        packed(lambda: [HEADER, LINE, repeated(LINE.replace("0.50", "none"), MANY // 5)]),
    ),
    "one quote, then lines": HostileFile(
        "a quote that is never closed, 10 million short lines",
        packed(lambda: [HEADER, LINE, '"', repeated("x\n", MANY)]),
    ),
    "a quote in each line": HostileFile("5 million lines", packed(lambda: [HEADER, LINE, repeated('"x\n', MANY // 2)])),
    "stray pair and blank lines": HostileFile(
        "10 million blank lines between two stray quotes",
        packed(
            lambda: [HEADER, LINE, LINE.replace("Song", '"Song'), repeated("\n", MANY), LINE.replace("Song", 'Song"')]
        ),
    ),
    "one enormous cell": HostileFile(
        "a quoted cell of 150 MB", packed(lambda: [HEADER, LINE, '"', repeated("x" * 99 + "\n", 1_500_000), '"\n'])
    ),
    "one line without end": HostileFile(
        "200 MB without a line break", packed(lambda: [HEADER, repeated("x", 20 * MANY - 10**6)])
    ),
    "lines of a megabyte": HostileFile(
        "150 of them", packed(lambda: [HEADER, LINE, (LINE.replace("Song", "x" * 10**6) for _ in range(75))])
    ),
    "10,000 columns": HostileFile(
        "and 1,000 lines",
        packed(
            lambda: [
                HEADER.rstrip("\n") + "".join(f"\tc{n}" for n in range(10_000)) + "\n",
                repeated("1\t" * 10_000 + "\n", 1000),
            ]
        ),
    ),
    "500 columns": HostileFile(
        "400,000 lines of nothing",
        packed(
            lambda: [
                HEADER.rstrip("\n") + "".join(f"\tc{n}" for n in range(480)) + "\n",
                repeated("\t" * 492 + "\n", 400_000),
            ]
        ),
    ),
    "wide totals": HostileFile(
        "a million lines that say total",
        packed(lambda: [HEADER, lines(lambda n: line(n, title=f"Total {n}", artist=""), 1_000_000)]),
    ),
    "distinct tracks": HostileFile(
        "2 million artists and titles",
        packed(lambda: [HEADER, lines(lambda n: line(n, title=f"Song {n}", artist=f"Artist {n}"), 2_000_000)]),
    ),
    "many stores": HostileFile(
        "a million", packed(lambda: [HEADER, lines(lambda n: line(n, store=f"Store {n}"), 1_000_000)])
    ),
    "many currencies": HostileFile(
        "a million different ones, none real",
        packed(
            lambda: [
                BELIEVE,
                lines(
                    lambda n: (
                        f"2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;"
                        f"Stream;1;{n:X};0;0;1,00;0,85;0,85\n"
                    ),
                    1_000_000,
                ),
            ]
        ),
    ),
    "many months": HostileFile(
        "of two centuries",
        packed(lambda: [HEADER, lines(lambda n: line(n, month=f"{1900 + n // 12 % 200}-{n % 12 + 1:02}"), 500_000)]),
    ),
    "many territories": HostileFile(
        "a million", packed(lambda: [HEADER, lines(lambda n: line(n, territory=f"Land {n}"), 1_000_000)])
    ),
    "NULs": HostileFile(
        "20 million among the cells",
        packed(lambda: [HEADER, LINE, repeated(LINE.replace("Song", "So\0\0\0\0ng"), 2_000_000)]),
    ),
    "CR line ends": HostileFile(
        "10 million lines ended as on the first Macintosh",
        packed(lambda: [HEADER.replace("\n", "\r"), LINE.replace("\n", "\r"), repeated("x\r", MANY)]),
    ),
    "UTF-16": HostileFile(
        "100 MB of it",
        packed(
            lambda: [
                "\ufeff".encode("utf-16-le"),
                (HEADER + LINE).encode("utf-16-le"),
                *[each.encode("utf-16-le") for each in repeated("x\n", MANY)],
            ]
        ),
    ),
    "broken UTF-8": HostileFile(
        "100 MB",
        packed(
            lambda: [
                HEADER,
                LINE,
                *[each.encode("latin-1") for each in repeated(LINE.replace("Song", "\xe9\xe8"), 1_200_000)],
            ]
        ),
    ),
    "many members": HostileFile("a zip of 900 members of one line", members(900)),
    "many sheets": HostileFile("a workbook of 400 sheets of one line", sheets(400)),
    "workbook, last row": HostileFile("a cell in the last of a million rows", last_row),
    "workbook, empty rows": HostileFile(
        "a million of them",
        workbook(
            lambda: [HEADER.rstrip("\n").split("\t"), LINE.rstrip("\n").split("\t"), *[[] for _ in range(1_000_000)]]
        ),
    ),
    "workbook, full": HostileFile(
        "500,000 lines, an honest one",
        workbook(lambda: (row.rstrip("\n").split("\t") for row in [HEADER, *(line(n) for n in range(500_000))])),
    ),
    "workbook, long strings": HostileFile("20,000 cells of 30,000 letters", shared_strings),
    "deep DSR": HostileFile("3 million records of one kind", packed(lambda: deep_dsr(3_000_000))),
}
