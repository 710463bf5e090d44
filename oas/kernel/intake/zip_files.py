"""What both planes know of zip files before they read one: damage, the length of its directory, litter of desktops."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

END: Final = b"PK\x05\x06"  # the record at the end of every zip file
_END_64: Final = b"PK\x06\x06"
_DIRECTORY_BYTES: Final = 70_000  # of a member: name, extra field and comment have at most 65,535 together
_TAIL: Final = 1 << 17  # the end record is followed by at most 64 KB of comment
_LITTER: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what desktops leave in folders
# What zipfile and its decompressors raise at damaged input, which have no common error.
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, ValueError,
)  # fmt: skip


class Damaged(Exception):
    """The zip file cannot be read as it is."""


class Locked(Damaged):
    """A member asks for a password."""


@contextmanager
def reading_zip() -> Iterator[None]:
    """Raise `Damaged` or `Locked` for what zipfile raises at bad input; an error of the system stays what it is."""
    try:
        yield
    except _DAMAGED as error:
        raise Damaged from error
    except OSError as error:
        # Decompressors raise it without a number, and a seek to nowhere is "invalid". A full disk is not the file's.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise Damaged from error
    except RuntimeError as error:  # zipfile has no error of its own for a password
        raise Locked from error


def has_large_directory(path: Path, members: int) -> bool:
    """Whether the directory of the zip file at `path` is longer than `members` members could need.

    `zipfile` reads a directory whole, so the size that the end record states is looked at before.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        return is_large_directory(file.read(), size, members)


def is_large_directory(tail: bytes, size: int, members: int) -> bool:
    """Like `has_large_directory`, of a zip file of `size` bytes that ends with `tail`."""
    stated = max(_number_at(tail, END, "<I", 12), _number_at(tail, _END_64, "<Q", 40))
    # 0xFFFFFFFF in the short record means that the size is in the one of zip64.
    return stated != 0xFFFFFFFF and min(stated, size) > max(members, 10) * _DIRECTORY_BYTES


def _number_at(tail: bytes, mark: bytes, form: str, offset: int) -> int:
    """The number `offset` bytes after the last `mark`, packed as `form`; 0 if there is none."""
    place = tail.rfind(mark)
    if place < 0 or place + offset + struct.calcsize(form) > len(tail):
        return 0
    return int(struct.unpack_from(form, tail, place + offset)[0])


def is_left_out(name: str) -> bool:
    """Whether the member `name` is a folder, or litter of a desktop."""
    # Not `ZipInfo.is_dir`: it fails on a member without a name, which is a file all the same.
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return name.endswith("/") or any(part in _LITTER or part.startswith("._") for part in parts)


def pieces_of(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """Read `stream` in pieces of `size` bytes. Raises `Damaged`, `Locked`; not for what is done with the pieces."""
    while True:
        with reading_zip():
            piece = stream.read(size)
        if not piece:
            return
        yield piece
