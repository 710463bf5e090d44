"""A raw object to parts that can be read: what is packed is unpacked, under limits; kinds are told by content.

A plain file is one part; an archive has one per member, a workbook one per sheet (as tab-separated text).
"""

from __future__ import annotations

import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from glider.cleaning.input.encoding import failing_the_job
from glider.cleaning.input.workbooks import SheetLimits, read_sheets
from glider.cleaning.input.zip_safety import kind_of, refuse_large_directory, refuse_unsound
from glider.contract import Cause
from glider.errors import JobFailed
from oas.kernel.text_intake import GZIP, OLD_OFFICE, ZIP, inflate, inflate_limit

CHUNK: Final = 1024 * 1024
DEPTH: Final = 2  # an archive in an archive, no further
NAME_LENGTH: Final = 200
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError)
_LITTER: Final = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Limits:
    """What unpacking may cost: bytes in all, bytes per packed byte, members; and lines per part."""

    bytes: int
    ratio: int
    members: int
    lines: int = 500_000_000
    sheets: SheetLimits = field(default_factory=SheetLimits)


@dataclass(frozen=True)
class Part:
    """A file of text: a plain one, a member of an archive or a sheet of a workbook (`name`, empty for a plain one).

    `sheet`: its cells are never quoted, and its lines are the rows of the sheet.
    """

    path: Path
    name: str = ""
    sheet: bool = False


@dataclass(frozen=True)
class Opened:
    """`container` says what the parts came in: text, gzip, zip or workbook."""

    container: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()


class Readable(Protocol):
    """What bytes can be read from, a chunk at a time."""

    def read(self, size: int, /) -> bytes: ...


class Unpacking:
    """One job's unpacking: what it may still cost, and what it has come across."""

    def __init__(self, folder: Path, limits: Limits, packed: int) -> None:
        self.folder = folder
        self.limits = limits
        self.members_left = limits.members
        self.bytes_left = inflate_limit(packed, most=limits.bytes, ratio=limits.ratio)
        self.made = 0
        self.seen: dict[bytes, str] = {}
        self.names: set[str] = set()
        self.warnings: list[str] = []

    def open(self, path: Path) -> Opened:
        """Raises `JobFailed`: empty_file, corrupt_file, too_large, not_a_table."""
        opened = self._open(path, "", 0)
        return replace(opened, warnings=tuple(self.warnings))

    def _open(self, path: Path, name: str, depth: int) -> Opened:
        with path.open("rb") as file:
            head = file.read(8)
        if not head:
            raise JobFailed(Cause.EMPTY_FILE, f"{_named(name)} is empty.")
        if head.startswith(GZIP):
            return self._gzip(path, name, depth)
        if head.startswith(ZIP):
            return self._zip(path, name, depth)
        if head.startswith(OLD_OFFICE):
            return self._workbook(path, name)
        return Opened("text", (Part(path, self._unique(name)),))

    def _gzip(self, path: Path, name: str, depth: int) -> Opened:
        self._deeper(depth)
        target = self._new()
        with failing_the_job():
            self.bytes_left -= inflate(path, target, most=self.bytes_left, name=_named(name))
        inner = self._open(target, name.removesuffix(".gz"), depth + 1)
        return replace(inner, container="gzip") if inner.container == "text" else inner

    def _zip(self, path: Path, name: str, depth: int) -> Opened:
        try:
            refuse_large_directory(path, self.limits.members)
            with zipfile.ZipFile(path) as archive:
                kind = kind_of(archive)
                if kind == "workbook":
                    self.bytes_left -= refuse_unsound(archive, self.bytes_left)
                    return self._workbook(path, name)
                return Opened("zip", tuple(self._members(archive, name, depth)))
        except NotImplementedError as error:
            raise JobFailed(Cause.CORRUPT_FILE, f"{_named(name)} is packed in a way OAS cannot read.") from error
        except RuntimeError as error:  # zipfile's word for a password
            raise JobFailed(Cause.CORRUPT_FILE, f"{_named(name)} is locked with a password.") from error
        except _DAMAGED as error:
            raise JobFailed(Cause.CORRUPT_FILE, f"{_named(name)} (zip) is damaged or cut off.") from error

    def _members(self, archive: zipfile.ZipFile, name: str, depth: int) -> Iterator[Part]:
        self._deeper(depth)
        for info in archive.infolist():
            if _is_left_out(info.filename):
                continue
            self._count_member()
            inner = _within(name, info.filename)
            target = self._new()
            with archive.open(info) as packed:
                digest = self._copy(packed, target)
            if self._is_new(digest, inner, target):
                yield from self._open(target, inner, depth + 1).parts

    def _is_new(self, digest: bytes, name: str, target: Path) -> bool:
        """Empty members and second copies of a file are left out, and said to be."""
        if target.stat().st_size == 0:
            self.warnings.append(f"{name} is empty and was left out.")
            return False
        first = self.seen.setdefault(digest, name)
        if first != name:
            self.warnings.append(f"{name} is the same file as {first} and was left out.")
            target.unlink()
        return first == name

    def _workbook(self, path: Path, name: str) -> Opened:
        sheets = read_sheets(path, self._new(), name, replace(self.limits.sheets, bytes=self.bytes_left))
        self.bytes_left -= sum(sheet.path.stat().st_size for sheet in sheets)
        parts = (Part(sheet.path, self._unique(_within(name, sheet.title)), sheet=True) for sheet in sheets)
        return Opened("workbook", tuple(parts))

    def _copy(self, packed: Readable, target: Path) -> bytes:
        digest = hashlib.sha256()
        with target.open("wb") as file:
            while chunk := packed.read(CHUNK):
                self.bytes_left -= len(chunk)
                if self.bytes_left < 0:
                    raise JobFailed(Cause.TOO_LARGE, "The file unpacks to more than OAS takes.")
                digest.update(chunk)
                file.write(chunk)
        return digest.digest()

    def _deeper(self, depth: int) -> None:
        if depth >= DEPTH:
            raise JobFailed(Cause.TOO_LARGE, "The archive holds archives within archives; unpack it first.")

    def _count_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise JobFailed(Cause.TOO_LARGE, f"The archive has more than {self.limits.members} members.")

    def _new(self) -> Path:
        self.made += 1
        return self.folder / f"part-{self.made}"

    def _unique(self, name: str) -> str:
        """Rows are found again by part and number: no two parts may have one name."""
        unique, count = name, 1
        while unique in self.names:
            count += 1
            unique = f"{name} ({count})"
        self.names.add(unique)
        return unique


def _named(name: str) -> str:
    return name or "The file"


def _within(container: str, name: str) -> str:
    """What a member or sheet is called: by the name of its file only, its characters such as can be shown."""
    own = PurePosixPath(name.replace("\\", "/")).name or name or "(no name)"
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in own)[:NAME_LENGTH]
    return f"{container}/{shown}" if container else shown


def _is_left_out(name: str) -> bool:
    """Folders and the litter of desktops; a name of nothing, which `ZipInfo.is_dir` fails on, is a file."""
    return name.endswith("/") or _is_litter(name)


def _is_litter(name: str) -> bool:
    own = PurePosixPath(name).name
    return name.startswith("__MACOSX/") or own.startswith("._") or own in _LITTER
