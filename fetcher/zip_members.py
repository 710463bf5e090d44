"""Members of zip files in folders, unpacked one by one under limits."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import ARCHIVE, clean_name, type_of
from oas.kernel.config import config
from oas.kernel.text_intake import PIECE, inflate_limit

_DIRECTORY_BYTES: Final = 70_000  # the most that a member's entry in the directory takes
_END: Final = b"PK\x05\x06"
_LITTER: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OSError, ValueError)


@dataclass(frozen=True)
class Member:
    """A member. `path` is its path in the archive, to be shown only; `problem` is why it is not unpacked."""

    info: zipfile.ZipInfo
    name: str
    path: str
    problem: Discard | None = None


class Archive:
    """A zip file on disk; `left` is how many bytes may still be unpacked. A context manager. Raises `Discard`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left = inflate_limit(
            path.stat().st_size, most=config().max_unpacked_bytes, ratio=config().max_unpacked_ratio
        )

    def __enter__(self) -> Archive:
        _refuse_large_directory(self.path)
        try:
            self.zip = zipfile.ZipFile(self.path)
        except _DAMAGED as error:
            raise Discard(Reason.CORRUPT, "The zip file is damaged or cut off.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def members(self) -> list[Member]:
        """Return the members but folders and litter of desktops. Raises `Discard` when there are too many."""
        files = [info for info in self.zip.infolist() if not _is_left_out(info.filename)]
        if len(files) > config().max_zip_members:
            raise Discard(Reason.TOO_MANY, f"The archive has more than {config().max_zip_members} members.")
        return [_member(info) for info in files]

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of `member`. Raises `Discard`."""
        try:
            with self.zip.open(member.info) as stream:
                yield from self._counted(stream)
        except _DAMAGED as error:
            raise Discard(Reason.CORRUPT, "It cannot be unpacked: the archive is damaged.") from error
        except RuntimeError as error:  # zipfile raises it for a member with a password
            raise Discard(Reason.ENCRYPTED) from error

    def _counted(self, stream: IO[bytes]) -> Iterator[bytes]:
        # Counted as they come: the size that a member declares may be a lie.
        while piece := stream.read(PIECE):
            self.left -= len(piece)
            if self.left < 0:
                raise Discard(Reason.TOO_LARGE, "The archive unpacks to more than is allowed.")
            yield piece


def _member(info: zipfile.ZipInfo) -> Member:
    parts = [part for part in info.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    path = "/".join(clean_name(part) for part in parts) or "file"
    name = clean_name(parts[-1] if parts else "file")
    return Member(info, name, path, problem=_problem(info, name))


def _problem(info: zipfile.ZipInfo, name: str) -> Discard | None:
    kind = type_of(name)
    if kind is None:
        return Discard(Reason.UNSUPPORTED_TYPE)
    if kind == ARCHIVE:
        return Discard(Reason.NESTED)
    if info.flag_bits & 1:
        return Discard(Reason.ENCRYPTED)
    return Discard(Reason.EMPTY) if info.file_size == 0 else None


def _is_left_out(path: str) -> bool:
    """Return whether it is a folder or litter. A member without a name, on which `ZipInfo.is_dir` fails, is a file."""
    return path.endswith("/") or _is_litter(path)


def _is_litter(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return any(part in _LITTER or part.startswith("._") for part in parts)


def _refuse_large_directory(path: Path) -> None:
    """Raise `Discard` when the zip file states a directory too large to be read."""
    # zipfile reads the whole directory at once, so its size is looked at before.
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 17)))
        tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or place + 16 > len(tail):
        raise Discard(Reason.CORRUPT, "The zip file is damaged or cut off.")
    (stated,) = struct.unpack_from("<I", tail, place + 12)
    if stated > max(config().max_zip_members, 10) * _DIRECTORY_BYTES:
        raise Discard(Reason.TOO_MANY, f"The archive has more than {config().max_zip_members} members.")
