"""Transfer from a source straight to S3, a part of a multipart upload at a time, in flat memory."""

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

Beat = Callable[[int], None]  # called with the bytes so far; raises `Stopped` when the lease is lost


@dataclass(frozen=True)
class Stored:
    """An object as it was stored: `size` in bytes, `sha256` in hex."""

    size: int
    sha256: str


def store(file: SalesFile, content: Content, beat: Beat) -> Stored:
    """Store `content` under the key of `file` (UPLOADING), checked against the size and MD5 that the source states.

    An earlier multipart upload of the file is aborted. Raises `Discard`, StorageError, and what `content` and `beat`
    raise.
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
        # Noted before the first part: an upload that no row knows would stay in S3 when the worker dies.
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
    """Size and checksums of content as it passes by."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256()

    def add(self, part: bytes) -> None:
        """Count a part. Raises `Discard` above the largest size that can be uploaded."""
        self.size += len(part)
        if self.size > config().max_upload_bytes:
            raise Discard(Reason.TOO_LARGE)
        self.md5.update(part)
        self.sha256.update(part)

    def end(self) -> None:
        """Raise `Discard` when the content is empty, or not what the source stated."""
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
    """Yield the same bytes in parts of `CHUNK`; only the last one is smaller."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)


def _note_upload(file: SalesFile, upload_id: str) -> None:
    # `change` is refused when another process has changed the row since it was read.
    for _ in range(5):
        if file.change(upload_id=upload_id):
            return
        file.refresh_from_db()
    raise file.refusal("a download", LostRace)
