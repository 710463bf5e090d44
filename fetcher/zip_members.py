"""Members of zip files in folders, unpacked one by one under limits."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import ARCHIVE, clean_name, type_of
from oas.kernel.config import config
from oas.kernel.intake.text_intake import PIECE, inflate_limit
from oas.kernel.intake.zip_files import Damaged, Locked, has_large_directory, is_left_out, pieces_of, reading_zip


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
        if has_large_directory(self.path, config().max_zip_members):
            raise _too_many()
        try:
            with reading_zip():
                self.zip = zipfile.ZipFile(self.path)
        except Damaged as error:
            raise Discard(Reason.CORRUPT, "The zip file is damaged or cut off.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def members(self) -> list[Member]:
        """Return the members but folders and litter of desktops. Raises `Discard` when there are too many."""
        files = [info for info in self.zip.infolist() if not is_left_out(info.filename)]
        if len(files) > config().max_zip_members:
            raise _too_many()
        return [_member(info) for info in files]

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of `member`. Raises `Discard`."""
        try:
            with reading_zip():
                stream = self.zip.open(member.info)
            with stream:
                for piece in pieces_of(stream, PIECE):
                    self._count(len(piece))
                    yield piece
        except Locked as error:
            raise Discard(Reason.ENCRYPTED) from error
        except Damaged as error:
            raise Discard(Reason.CORRUPT, "It cannot be unpacked: the archive is damaged.") from error

    def _count(self, size: int) -> None:
        # Counted as they come: the size that a member declares may be a lie.
        self.left -= size
        if self.left < 0:
            raise Discard(Reason.TOO_LARGE, "The archive unpacks to more than is allowed.")


def _too_many() -> Discard:
    return Discard(Reason.TOO_MANY, f"The archive has more than {config().max_zip_members} members.")


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
