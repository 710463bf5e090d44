"""Checks zip files before they are read: their kind, their directory, and the members of workbooks.

A workbook's reader unpacks by itself and trusts what it finds. So every member is unpacked once before, without being
stored: its bytes are counted, whatever size it declares; its checksum is compared; and it is refused when it defines
XML entities (a few that refer to each other fill any memory, and no workbook needs one).
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Final, Literal

from glider.contract import Cause
from glider.errors import JobFailed

CHUNK: Final = 1024 * 1024
_WORKBOOKS: Final = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_OTHER_OFFICE: Final = ("word/document.xml", "ppt/presentation.xml")
_DIRECTORY_BYTES: Final = 70_000  # of a member: name, extra field and comment have at most 65,535 together
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_TAIL: Final = 1 << 17  # the end record is followed by at most 64 KB of comment
_TYPES: Final = (b"<!DOCTYPE", b"<!ENTITY")


def kind_of(archive: zipfile.ZipFile) -> Literal["workbook", "archive"]:
    """Return whether `archive` is a workbook; raises `not_a_table` for text documents and presentations."""
    names = set(archive.namelist())
    if names.intersection(_WORKBOOKS):
        return "workbook"
    if names.intersection(_OTHER_OFFICE):
        raise JobFailed(Cause.NOT_A_TABLE, "The file is a text document or a presentation, not a table of sales.")
    return "archive"


def refuse_large_directory(path: Path, members: int) -> None:
    """Raise `too_large` if the directory of the zip file at `path` is too long for `members` members.

    `zipfile` reads a directory whole, so the size that the end record states is looked at before.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    stated = max(_number_at(tail, _END, "<I", 12), _number_at(tail, _END_64, "<Q", 40))
    # 0xFFFFFFFF in the short record means that the size is in the one of zip64.
    if stated != 0xFFFFFFFF and min(stated, size) > max(members, 10) * _DIRECTORY_BYTES:
        raise JobFailed(Cause.TOO_LARGE, f"The archive has more than {members} members.")


def _number_at(tail: bytes, mark: bytes, form: str, offset: int) -> int:
    """The number `offset` bytes after the last `mark`, packed as `form`; 0 if there is none."""
    place = tail.rfind(mark)
    if place < 0 or place + offset + struct.calcsize(form) > len(tail):
        return 0
    return int(struct.unpack_from(form, tail, place + offset)[0])


def refuse_unsound(archive: zipfile.ZipFile, most: int) -> int:
    """Return how many bytes the members of a workbook hold, at most `most`.

    Raises `JobFailed` (too_large, corrupt_file), and what `zipfile` raises at damaged members.
    """
    total = 0
    for info in archive.infolist():
        with archive.open(info) as member:
            last = b""
            while chunk := member.read(CHUNK):
                total += len(chunk)
                if total > most:
                    raise JobFailed(Cause.TOO_LARGE, "The workbook unpacks to more than OAS takes; send it as CSV.")
                _refuse_entities(last + chunk)  # a mark may be cut in two by the edge of a chunk
                last = chunk[-16:]
    return total


def _refuse_entities(xml: bytes) -> None:
    if any(mark in xml for mark in _TYPES):
        raise JobFailed(Cause.CORRUPT_FILE, "The workbook defines XML entities, which no workbook needs: not read.")
