"""A raw object to parts that can be read: what is packed is unpacked, under limits; kinds are told by content.

A plain file is one part; an archive has one per member, a workbook one per sheet (as tab-separated text).
"""

from __future__ import annotations

import csv
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

import pandas

from glider.errors import JobFailed
from glider.jobs import Cause

CHUNK: Final = 1024 * 1024
DEPTH: Final = 2  # an archive in an archive, no further
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOKS: Final = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


@dataclass(frozen=True)
class Limits:
    """What unpacking may cost: bytes in all, bytes per packed byte, members."""

    bytes: int
    ratio: int
    members: int


@dataclass(frozen=True)
class Part:
    """A file of text: a plain one, a member of an archive or a sheet of a workbook (`name`, empty for a plain one)."""

    path: Path
    name: str = ""


@dataclass(frozen=True)
class Opened:
    """`container` says what the parts came in: text, gzip, zip or workbook."""

    container: str
    parts: tuple[Part, ...]


class Readable(Protocol):
    """What bytes can be read from, a chunk at a time."""

    def read(self, size: int, /) -> bytes: ...


class Unpacking:
    """One job's unpacking: what it may still cost."""

    def __init__(self, folder: Path, limits: Limits, packed: int) -> None:
        self.folder = folder
        self.members_left = limits.members
        self.bytes_left = min(limits.bytes, max(packed, CHUNK) * limits.ratio)
        self.made = 0

    def open(self, path: Path, name: str = "", depth: int = 0) -> Opened:
        """Raises `JobFailed`: empty_file, corrupt_file, too_large, not_a_table."""
        with path.open("rb") as file:
            head = file.read(8)
        if not head:
            raise JobFailed(Cause.EMPTY_FILE, f"{name or 'The file'} is empty.")
        if head.startswith(_GZIP):
            return self._gzip(path, name, depth)
        if head.startswith((_ZIP, _EMPTY_ZIP)):
            return self._zip(path, name, depth)
        if head.startswith(_OLD_OFFICE):
            return Opened("workbook", tuple(self._sheets(path, name)))
        return Opened("text", (Part(path, name),))

    def _gzip(self, path: Path, name: str, depth: int) -> Opened:
        self._deeper(depth)
        target = self._new()
        try:
            with gzip.open(path) as packed:
                self._copy(packed, target)
        except (OSError, EOFError, zlib.error) as error:
            raise JobFailed(Cause.CORRUPT_FILE, "The gzip file is damaged or cut off.") from error
        inner = self.open(target, name, depth + 1)
        return Opened("gzip" if inner.container == "text" else inner.container, inner.parts)

    def _zip(self, path: Path, name: str, depth: int) -> Opened:
        try:
            with zipfile.ZipFile(path) as archive:
                if any(member in archive.namelist() for member in _WORKBOOKS):
                    self._workbook_limits(archive)
                    return Opened("workbook", tuple(self._sheets(path, name)))
                return Opened("zip", tuple(self._members(archive, depth)))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise JobFailed(Cause.CORRUPT_FILE, "The zip file is damaged, cut off or locked.") from error

    def _members(self, archive: zipfile.ZipFile, depth: int) -> Iterator[Part]:
        self._deeper(depth)
        for info in archive.infolist():
            if info.is_dir() or _is_litter(info.filename):
                continue
            self._count_member()
            target = self._new()
            with archive.open(info) as packed:
                self._copy(packed, target)
            if target.stat().st_size:
                yield from self.open(target, PurePosixPath(info.filename).name, depth + 1).parts

    def _sheets(self, path: Path, name: str) -> Iterator[Part]:
        try:
            sheets = pandas.read_excel(path, sheet_name=None, header=None, dtype=object, engine="calamine")
        except Exception as error:  # calamine's errors share no class of their own
            raise JobFailed(Cause.CORRUPT_FILE, "The workbook is damaged, locked or of an unknown kind.") from error
        for title, sheet in sheets.items():
            if not sheet.empty:
                target = self._new()
                _write_sheet(sheet, target)
                yield Part(target, f"{name}/{title}" if name else str(title))

    def _workbook_limits(self, archive: zipfile.ZipFile) -> None:
        """A workbook is unpacked by its reader: refuse by what the members declare, and trust no member beyond it."""
        if sum(info.file_size for info in archive.infolist()) > min(self.bytes_left, 512 * CHUNK):
            raise JobFailed(Cause.TOO_LARGE, "The workbook unpacks to more than OAS takes; send it as CSV.")

    def _copy(self, packed: Readable, target: Path) -> None:
        with target.open("wb") as file:
            while chunk := packed.read(CHUNK):
                self.bytes_left -= len(chunk)
                if self.bytes_left < 0:
                    raise JobFailed(Cause.TOO_LARGE, "The file unpacks to more than OAS takes.")
                file.write(chunk)

    def _deeper(self, depth: int) -> None:
        if depth >= DEPTH:
            raise JobFailed(Cause.TOO_LARGE, "The archive holds archives within archives; unpack it first.")

    def _count_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise JobFailed(Cause.TOO_LARGE, "The archive has more members than OAS takes.")

    def _new(self) -> Path:
        self.made += 1
        return self.folder / f"part-{self.made}"


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("._") or name.endswith(".DS_Store")


def _write_sheet(sheet: pandas.DataFrame, target: Path) -> None:
    """Cells as text, tab-separated: a number as short as it can be written, a date as ISO."""
    text = sheet.map(_cell_text)
    text.to_csv(target, sep="\t", header=False, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")


def _cell_text(value: object) -> str:
    if value is None or value is pandas.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    isoformat = getattr(value, "isoformat", None)
    return isoformat(sep=" ") if isoformat and hasattr(value, "hour") and hasattr(value, "year") else str(value)
