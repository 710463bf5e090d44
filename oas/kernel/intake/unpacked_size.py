"""How many bytes an object comes to when it is unpacked: counted, as the sizes that packed files state may be lies.

Ten kilobytes of gzip can hold two hundred megabytes. Who asks needs to know only whether it is much, so counting stops
there.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from oas.kernel.intake.text_intake import GZIP, PIECE, ZIP
from oas.kernel.intake.zip_files import Damaged, is_large_directory, pieces_of, reading_zip
from oas.kernel.storage import storage

LEAST_RATIO: Final = 4  # by which tables are packed at least: a quarter of much is much
MOST_MEMBERS: Final = 10_000
DEPTH: Final = 2  # an archive in an archive, as Glider unpacks them


class _Much(Exception):
    """As many bytes as are asked for have been counted."""


def unpacked_size(key: str, size: int, *, most: int) -> int:
    """Return how many bytes the object `key`, of `size` bytes, unpacks to, or `most` where it is as many or more.

    Damaged content counts as far as it can be read. Raises StorageError.
    """
    if size * LEAST_RATIO >= most:
        return max(size, most) if size >= most else _of_large(key, size, most)
    return max(size, count_unpacked(storage().pieces(key), most=most))


def _of_large(key: str, size: int, most: int) -> int:
    first = next(storage().pieces(key), b"")
    return most if first.startswith((GZIP, *ZIP)) else size


def count_unpacked(pieces: Iterator[bytes], *, most: int) -> int:
    """Return how many bytes `pieces`, those of one file, unpack to; at most `most`."""
    count = _Count(most)
    try:
        _walk(pieces, count, DEPTH)
    except _Much:
        return most
    except (Damaged, zlib.error):
        pass
    return most - count.left


class _Count:
    def __init__(self, most: int) -> None:
        self.left = most

    def add(self, size: int) -> None:
        self.left -= size
        if self.left <= 0:
            raise _Much


def _walk(pieces: Iterator[bytes], count: _Count, depth: int) -> None:
    first = next(pieces, b"")
    whole = chain([first], pieces)
    if depth and first.startswith(GZIP):
        _walk(_inflated(whole), count, depth - 1)
    elif depth and first.startswith(ZIP):
        _walk_members(_joined(whole, count.left), count, depth - 1)
    else:
        for piece in whole:
            count.add(len(piece))


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate gzip, one stream after the other, at most `PIECE` bytes at a time."""
    stream = zlib.decompressobj(31)
    for packed in pieces:
        rest = packed
        while rest:
            if inflated := stream.decompress(rest, PIECE):
                yield inflated
            rest = stream.unconsumed_tail
            if stream.eof:
                rest, stream = stream.unused_data, zlib.decompressobj(31)


def _joined(pieces: Iterator[bytes], most: int) -> bytes:
    """The bytes of an archive, whose directory is at its end. Raises `_Much` for more than `most`."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > most:
            raise _Much
    return bytes(held)


def _walk_members(archive: bytes, count: _Count, depth: int) -> None:
    if is_large_directory(archive[-(1 << 17) :], len(archive), MOST_MEMBERS):
        raise _Much
    with reading_zip():
        members = zipfile.ZipFile(io.BytesIO(archive))
    for info in members.infolist():
        with reading_zip():
            stream = members.open(info)
        with stream:
            _walk(pieces_of(stream, PIECE), count, depth)
