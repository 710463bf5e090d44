"""Checks zip files before they are read: their kind, and the members of workbooks.

A workbook's reader unpacks by itself and trusts what it finds. So every member is unpacked once before, without being
stored: its bytes are counted, whatever size it declares; its checksum is compared; and it is refused when it defines
XML entities (a few that refer to each other fill any memory, and no workbook needs one).
"""

from __future__ import annotations

import zipfile
from typing import Final, Literal

from glider.contract import Cause
from glider.errors import JobFailed
from oas.kernel.intake.zip_files import pieces_of, reading_zip

CHUNK: Final = 1024 * 1024
_WORKBOOKS: Final = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_OTHER_OFFICE: Final = ("word/document.xml", "ppt/presentation.xml")
_TYPES: Final = (b"<!DOCTYPE", b"<!ENTITY")


def kind_of(archive: zipfile.ZipFile) -> Literal["workbook", "archive"]:
    """Return whether `archive` is a workbook; raises `not_a_table` for text documents and presentations."""
    names = set(archive.namelist())
    if names.intersection(_WORKBOOKS):
        return "workbook"
    if names.intersection(_OTHER_OFFICE):
        raise JobFailed(Cause.NOT_A_TABLE, "The file is a text document or a presentation, not a table of sales.")
    return "archive"


def refuse_unsound(archive: zipfile.ZipFile, most: int) -> int:
    """Return how many bytes the members of a workbook hold, at most `most`.

    Raises `JobFailed` (too_large, corrupt_file), `Damaged` and `Locked`.
    """
    total = 0
    for info in archive.infolist():
        with reading_zip():
            member = archive.open(info)
        with member:
            last = b""
            for chunk in pieces_of(member, CHUNK):
                total += len(chunk)
                if total > most:
                    raise JobFailed(Cause.TOO_LARGE, "The workbook unpacks to more than OAS takes; send it as CSV.")
                _refuse_entities(last + chunk)  # a mark may be cut in two by the edge of a chunk
                last = chunk[-16:]
    return total


def _refuse_entities(xml: bytes) -> None:
    if any(mark in xml for mark in _TYPES):
        raise JobFailed(Cause.CORRUPT_FILE, "The workbook defines XML entities, which no workbook needs: not read.")
