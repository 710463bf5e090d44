"""Unpacks a raw object into members that can be read, under limits. Its kind follows from its first bytes.

A plain file is one member; an archive has several, and a workbook one per sheet (as tab-separated text).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from glider.cleaning.input.encoding import failing_the_job
from glider.cleaning.input.workbooks import SheetLimits, read_sheets
from glider.cleaning.input.zip_safety import kind_of, refuse_unsound
from glider.contract import Cause
from glider.errors import JobFailed
from oas.kernel.intake.text_intake import GZIP, OLD_OFFICE, ZIP, inflate, inflate_limit
from oas.kernel.intake.zip_files import Damaged, Locked, has_large_directory, is_left_out, pieces_of, reading_zip

CHUNK: Final = 1024 * 1024
DEPTH: Final = 2  # an archive in an archive, no further
NAME_LENGTH: Final = 200


@dataclass(frozen=True)
class Limits:
    """What one raw object may unpack to.

    `bytes` in all; `ratio`, bytes per packed byte; `members` of archives; `lines` per member; `sheets`, see there.
    """

    bytes: int
    ratio: int
    members: int
    lines: int = 500_000_000
    sheets: SheetLimits = field(default_factory=SheetLimits)


@dataclass(frozen=True)
class Member:
    """A file of text: the raw object itself (`name` is empty), a member of an archive, or a sheet of a workbook.

    `name` has the names of its containers before it, separated by `/`, and is unique within the raw object. In a
    `sheet` cells are never quoted, and lines are the rows of the sheet; Excel does not show a `hidden` one.
    """

    path: Path
    name: str = ""
    sheet: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Opened:
    """An unpacked raw object. `container` is what its members came in: text, gzip, zip or workbook."""

    container: str
    members: tuple[Member, ...]
    warnings: tuple[str, ...] = ()


class Unpacker:
    """Unpacks one raw object of `packed` bytes into `folder`, and counts what that may still cost."""

    def __init__(self, folder: Path, limits: Limits, packed: int) -> None:
        self.folder = folder
        self.limits = limits
        self.members_left = limits.members
        self.bytes_left = inflate_limit(packed, most=limits.bytes, ratio=limits.ratio)
        self.files = 0
        self.digests: dict[bytes, str] = {}
        self.names: set[str] = set()
        self.warnings: list[str] = []

    def open(self, path: Path) -> Opened:
        """Return the members of the raw object at `path`, in the order they are found.

        Raises `JobFailed`: empty_file, corrupt_file, too_large, not_a_table.
        """
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
        return Opened("text", (Member(path, self._unique(name)),))

    def _gzip(self, path: Path, name: str, depth: int) -> Opened:
        self._refuse_depth(depth)
        target = self._new_path()
        with failing_the_job():
            self.bytes_left -= inflate(path, target, most=self.bytes_left, name=_named(name))
        inner = self._open(target, name.removesuffix(".gz"), depth + 1)
        return replace(inner, container="gzip") if inner.container == "text" else inner

    def _zip(self, path: Path, name: str, depth: int) -> Opened:
        if has_large_directory(path, self.limits.members):
            raise JobFailed(Cause.TOO_LARGE, f"The archive has more than {self.limits.members} members.")
        try:
            return self._read_zip(path, name, depth)
        except Locked as error:
            raise JobFailed(Cause.CORRUPT_FILE, f"{_named(name)} is locked with a password.") from error
        except Damaged as error:
            raise JobFailed(Cause.CORRUPT_FILE, f"{_named(name)} (zip) is damaged or cut off.") from error

    def _read_zip(self, path: Path, name: str, depth: int) -> Opened:
        with reading_zip():
            archive = zipfile.ZipFile(path)
        with archive:
            if kind_of(archive) != "workbook":
                return Opened("zip", tuple(self._members(archive, name, depth)))
            # Its reader unpacks it by itself, so its bytes are counted twice: now, and as text.
            self.bytes_left -= refuse_unsound(archive, self.bytes_left)
        return self._workbook(path, name)

    def _members(self, archive: zipfile.ZipFile, name: str, depth: int) -> Iterator[Member]:
        self._refuse_depth(depth)
        for info in archive.infolist():
            if is_left_out(info.filename):
                continue
            self._count_member()
            inner = _within(name, info.filename)
            target = self._new_path()
            digest = self._copy(archive, info, target)
            if self._is_new(digest, inner, target):
                yield from self._open(target, inner, depth + 1).members

    def _is_new(self, digest: bytes, name: str, target: Path) -> bool:
        """Whether the member `name` is to be read; empty ones and second copies are left out with a warning."""
        if target.stat().st_size == 0:
            self.warnings.append(f"{name} is empty and was left out.")
            return False
        first = self.digests.setdefault(digest, name)
        if first != name:
            self.warnings.append(f"{name} is the same file as {first} and was left out.")
            target.unlink()
        return first == name

    def _workbook(self, path: Path, name: str) -> Opened:
        sheets = read_sheets(path, self._new_path(), name, replace(self.limits.sheets, bytes=self.bytes_left))
        self.bytes_left -= sum(sheet.path.stat().st_size for sheet in sheets)
        members = (
            Member(sheet.path, self._unique(_within(name, sheet.title)), sheet=True, hidden=sheet.hidden)
            for sheet in sheets
        )
        return Opened("workbook", tuple(members))

    def _copy(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> bytes:
        """Unpack to `target` and return the content's SHA-256; raises `too_large` as soon as no bytes are left."""
        digest = hashlib.sha256()
        with reading_zip():
            packed = archive.open(info)
        with packed, target.open("wb") as file:
            for chunk in pieces_of(packed, CHUNK):
                self.bytes_left -= len(chunk)
                if self.bytes_left < 0:
                    raise JobFailed(Cause.TOO_LARGE, "The file unpacks to more than OAS takes.")
                digest.update(chunk)
                file.write(chunk)
        return digest.digest()

    def _refuse_depth(self, depth: int) -> None:
        if depth >= DEPTH:
            raise JobFailed(Cause.TOO_LARGE, "The archive holds archives within archives; unpack it first.")

    def _count_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise JobFailed(Cause.TOO_LARGE, f"The archive has more than {self.limits.members} members.")

    def _new_path(self) -> Path:
        # Members are never written under their own names, which may lead out of the folder.
        self.files += 1
        return self.folder / f"member-{self.files}"

    def _unique(self, name: str) -> str:
        """`name`, with a number if it is taken: rejected lines are found again by member and line number."""
        unique, count = name, 1
        while unique in self.names:
            count += 1
            unique = f"{name} ({count})"
        self.names.add(unique)
        return unique


def _named(name: str) -> str:
    return name or "The file"


def _within(container: str, name: str) -> str:
    """The name of a member or sheet: that of its file without folders, with only printable characters."""
    own = PurePosixPath(name.replace("\\", "/")).name or name or "(no name)"
    shown = "".join(char if char.isprintable() else "\ufffd" for char in own)[:NAME_LENGTH]
    return f"{container}/{shown}" if container else shown
