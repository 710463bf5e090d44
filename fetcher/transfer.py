"""From a source straight to S3, a part at a time: memory does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import CHUNK, Content
from oas.kernel.config import config
from oas.kernel.storage import storage
from salesfiles.errors import LostRace
from salesfiles.models import SalesFile
from salesfiles.services.uploads import forget_multipart

Beat = Callable[[int], None]  # given the bytes so far; raises when the work is no longer ours


@dataclass(frozen=True)
class Stored:
    """`size` in bytes, `sha256` in hex."""

    size: int
    sha256: str


def store(file: SalesFile, content: Content, beat: Beat) -> Stored:
    """Put `content` under the key of `file` (UPLOADING), checked against what the source says of it.

    An earlier multipart upload is dropped. Raises `Discard`, StorageError, and what `content` and `beat` raise.
    """
    if file.upload_id:
        forget_multipart(file.raw_key, file.upload_id)
        _note_upload(file, "")
    parts = _parts(content.pieces)
    first = next(parts, b"")
    check = Check(content)
    check.add(first)
    if len(first) < CHUNK:
        check.end()
        beat(check.size)
        storage().put_bytes(file.raw_key, first)
        return check.stored
    return _multipart(file, first, parts, check, beat)


def _multipart(file: SalesFile, first: bytes, parts: Iterator[bytes], check: Check, beat: Beat) -> Stored:
    upload_id = storage().start_multipart(file.raw_key)
    try:
        _note_upload(file, upload_id)
        storage().put_part(file.raw_key, upload_id, 1, first)
        for number, part in enumerate(parts, start=2):
            check.add(part)
            beat(check.size)
            storage().put_part(file.raw_key, upload_id, number, part)
        check.end()
        beat(check.size)
        storage().complete_multipart(file.raw_key, upload_id)
    except BaseException:
        forget_multipart(file.raw_key, upload_id)
        raise
    _note_upload(file, "")
    return check.stored


class Check:
    """Size and checksums of what goes by."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256()

    def add(self, part: bytes) -> None:
        """Raises `Discard`."""
        self.size += len(part)
        if self.size > config().max_upload_bytes:
            raise Discard(Reason.TOO_LARGE)
        self.md5.update(part)
        self.sha256.update(part)

    def end(self) -> None:
        """Raises `Discard` when it is not what the source said it would be."""
        if self.size == 0:
            raise Discard(Reason.EMPTY)
        if self.content.size not in (None, self.size):
            raise Discard(Reason.CHECKSUM, f"{self.size} bytes arrived of {self.content.size}.")
        if self.content.md5 and self.content.md5 != self.md5.hexdigest():
            raise Discard(Reason.CHECKSUM, "The MD5 of what arrived is not that of the source.")

    @property
    def stored(self) -> Stored:
        return Stored(self.size, self.sha256.hexdigest())


def _parts(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of `CHUNK`; only the last one is smaller, and it is never missing."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def _note_upload(file: SalesFile, upload_id: str) -> None:
    for _ in range(5):
        if file.change(upload_id=upload_id):
            return
        file.refresh_from_db()
    raise file.refusal("a download", LostRace)
