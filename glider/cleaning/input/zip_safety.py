"""Zip files as packages: what kind they are, and whether a workbook's members may be given to its reader.

A workbook's reader unpacks by itself and trusts what it finds, so every member is unpacked once before, to nowhere:
counted against the limit whatever it declares, checked against its checksum, and refused when it defines entities
(a few of them, each made of the others, fill any memory; no workbook has a use for one).
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
_DIRECTORY_BYTES: Final = 70_000  # a member's entry in the directory is at most its name, extra and comment long
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_TAIL: Final = 1 << 17  # the end record is followed by at most 64 KB of comment
_TYPES: Final = (b"<!DOCTYPE", b"<!ENTITY")


def kind_of(archive: zipfile.ZipFile) -> Literal["workbook", "archive"]:
    """Raises `not_a_table` for documents of an office program that are no workbooks."""
    names = set(archive.namelist())
    if names.intersection(_WORKBOOKS):
        return "workbook"
    if names.intersection(_OTHER_OFFICE):
        raise JobFailed(Cause.NOT_A_TABLE, "The file is a text document or a presentation, not a table of sales.")
    return "archive"


def refuse_large_directory(path: Path, members: int) -> None:
    """The directory of a zip file is read whole: look at the size it states before it is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    stated = max(_stated(tail, _END, "<I", 12), _stated(tail, _END_64, "<Q", 40))
    if stated != 0xFFFFFFFF and min(stated, size) > max(members, 10) * _DIRECTORY_BYTES:
        raise JobFailed(Cause.TOO_LARGE, f"The archive has more than {members} members.")


def _stated(tail: bytes, mark: bytes, form: str, offset: int) -> int:
    place = tail.rfind(mark)
    if place < 0 or place + offset + struct.calcsize(form) > len(tail):
        return 0
    return int(struct.unpack_from(form, tail, place + offset)[0])


def refuse_unsound(archive: zipfile.ZipFile, most: int) -> int:
    """How many bytes the members hold. Raises `too_large`, `corrupt_file`, and what `zipfile` raises."""
    total = 0
    for info in archive.infolist():
        with archive.open(info) as member:
            last = b""
            while chunk := member.read(CHUNK):
                total += len(chunk)
                if total > most:
                    raise JobFailed(Cause.TOO_LARGE, "The workbook unpacks to more than OAS takes; send it as CSV.")
                _refuse_entities(last + chunk)
                last = chunk[-16:]
    return total


def _refuse_entities(xml: bytes) -> None:
    if any(mark in xml for mark in _TYPES):
        raise JobFailed(Cause.CORRUPT_FILE, "The workbook defines XML entities, which no workbook needs: not read.")
