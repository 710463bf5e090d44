"""Uploads: links by which a client sends the content to S3, and the checks of what arrived.

A link can be used again until it expires, also after what came by it was checked. So what was checked is copied within
S3 to a key that no link reaches (`salesfiles.services.pinned_uploads`), and only that copy is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.quotas import note_bytes
from oas.api.refusals import BadValue
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.storage import ObjectAbsent, ObjectInfo, StorageError, storage
from salesfiles.errors import DuplicateFile, LostRace, UploadIncomplete, UploadMissing
from salesfiles.models import SalesFile
from salesfiles.services.quotas import take_bytes
from salesfiles.status import Status

LINK_SECONDS = 15 * 60
OPEN_FOR = timedelta(seconds=2 * LINK_SECONDS)  # a link, and what was begun with it before it expired
MOST_PARTS = 10_000  # of a multipart upload, by S3's own limit
DELETED = "It was deleted: upload the file again."
LEAST_PART = 5 * 1024 * 1024  # bytes of each part but the last, by S3's own limit


@dataclass(frozen=True)
class Multipart:
    """A multipart upload: part `number` (from 1) is PUT to `urls[number - 1]`, in any order."""

    upload_id: str
    urls: tuple[str, ...]


def hand_out_link(*, file: SalesFile, actor: str = "", content_length: int | None = None) -> str:
    """Return a link that takes one PUT for 15 minutes, of `content_length` bytes if given.

    Raises `BadValue`, `InvalidTransition`, `LostRace`, `QuotaReached`.
    """
    size = signed_size(file, content_length)
    begin_upload(file, actor=actor, by_link=True)
    return storage().presigned_put(file.raw_key, expires=LINK_SECONDS, size=size)


def hand_out_parts(*, file: SalesFile, parts: int, actor: str = "") -> Multipart:
    """Return links for `parts` parts of a new multipart upload, and abort an earlier one that was not completed.

    Raises `BadValue`, `InvalidTransition`, `LostRace`, `QuotaReached`, StorageError.
    """
    _refuse_number(file, parts)
    begin_upload(file, actor=actor, by_link=True)
    earlier = file.upload_id
    upload_id = storage().start_multipart(file.raw_key)
    # Of two requests at the same time one writes its id; the other aborts its own upload, which no row would name.
    if not file.change(upload_id=upload_id):
        storage().abort_multipart(file.raw_key, upload_id)
        raise file.refusal("upload", LostRace)
    if earlier:
        forget_multipart(file.raw_key, earlier)
    sign = storage().presigned_part
    urls = (sign(file.raw_key, upload_id, number, expires=LINK_SECONDS) for number in range(1, parts + 1))
    return Multipart(upload_id=upload_id, urls=tuple(urls))


def _refuse_number(file: SalesFile, parts: int) -> None:
    """Raise `BadValue` for more parts than S3 joins. `filesize` may be bits: its larger reading, bytes, decides."""
    most = min(MOST_PARTS, -(-file.filesize // LEAST_PART))
    if parts > most:
        text = f"A file of size {file.filesize} has at most {most} parts: each but the last has at least 5 MiB."
        raise BadValue(text, attr="parts")


def complete_upload(*, file: SalesFile) -> None:
    """Join the parts that S3 has. Raises `UploadIncomplete` when some are missing, StorageError."""
    try:
        storage().complete_multipart(file.raw_key, file.upload_id)
    except StorageError as error:
        _refuse_parts(error)
    file.change(upload_id="")
    find_upload(file)


def abort_upload(*, file: SalesFile) -> None:
    """Abort the multipart upload and the parts sent so far; the file can be uploaded again."""
    forget_multipart(file.raw_key, file.upload_id)
    file.change(upload_id="")


def begin_upload(file: SalesFile, *, actor: str = "", by_link: bool = False) -> None:
    """Move `file` to UPLOADING, under a key that no earlier link can write to. Idempotent.

    `by_link`: a client will send the content; otherwise no link ever leads to the key. Raises `InvalidTransition`,
    `LostRace`, `QuotaReached`.
    """
    with transaction.atomic():
        # Under the lock, so that of two requests at the same time only one counts the bytes of the day.
        now = SalesFile.lock(file.pk)
        if now.status != Status.UPLOADING:
            _move_to_uploading(now, actor=actor, by_link=by_link)
        elif by_link:
            _open_to_links(now)
    file.refresh_from_db()


def _move_to_uploading(file: SalesFile, *, actor: str, by_link: bool) -> None:
    # Content sent again after a failure begins the next revision, whose key differs from the first upload's.
    revision = file.revision + (file.status == Status.FAILED)
    take_bytes(file.organisation, file.filesize)
    place = (file.organisation_id, file.uuid, file.filename, revision)
    key = object_keys.raw(*place) if by_link else object_keys.pinned(*place, uuid4())
    file.move_to(
        Status.UPLOADING, actor=actor, raw_key=key, revision=revision, link_until=_link_end() if by_link else None,
        raw_etag="", raw_size=None, upload_id="", sha256="", current_job=None, rejects_key=file.live_rejects_key,
    )  # fmt: skip


def _open_to_links(file: SalesFile) -> None:
    """Note that one more link is handed out for `file`, which is UPLOADING, and forget what was wrong with the last."""
    SalesFile.everything.filter(pk=file.pk).update(link_until=_link_end())
    changes: dict[str, Any] = {"status_cause": "", "error_message": ""} if file.status_cause else {}
    if object_keys.is_pinned(file.raw_key):
        # OAS fetches it at this moment; whoever is done first has brought the content.
        key = object_keys.raw(file.organisation_id, file.uuid, file.filename, file.revision)
        changes |= {"raw_key": key, "upload_id": ""}
    if changes:
        file.change(**changes)


def _link_end() -> Any:
    return timezone.now() + OPEN_FOR


def signed_size(file: SalesFile, content_length: int | None) -> int | None:
    """Return the size in bytes that the link is signed for.

    None when `filesize` may be bytes or bits and no `content_length` decides it. Raises `BadValue`.
    """
    if content_length is not None:
        if content_length not in file.declared_sizes:
            text = f"A file of size {file.filesize} cannot have {content_length} bytes."
            raise BadValue(text, attr="content_length")
        return content_length
    return file.declared_sizes[0] if len(file.declared_sizes) == 1 else None


def find_upload(file: SalesFile) -> ObjectInfo:
    """Return what S3 has under the key of `file`.

    Raises `UploadMissing`, `UploadIncomplete` for a size that was not declared, StorageError. An object that is too
    long is deleted, so that the file can be uploaded again.
    """
    try:
        found = storage().head(file.raw_key)
    except ObjectAbsent:
        raise UploadMissing("Nothing has been uploaded to the link yet.") from None
    if found.size > most_bytes(file):
        storage().delete(file.raw_key)
        note_bytes(file.organisation, found.size)
        raise wrong_size(file, found.size, DELETED)
    if found.size not in file.declared_sizes:
        raise wrong_size(file, found.size, "Upload the whole file again.")
    return found


def most_bytes(file: SalesFile) -> int:
    """Return how many bytes the upload of `file` may have: those of the larger reading of its declared size."""
    return min(file.filesize, config().max_upload_bytes)


def refuse_duplicate(file: SalesFile, found: ObjectInfo) -> None:
    """Raise `DuplicateFile` when another sales file of the organisation has an object with the same checksum."""
    # S3's ETag of a multipart upload ends in its number of parts and is no checksum of the content. Such a duplicate
    # is found by its SHA-256 after cleaning.
    if "-" in found.etag:
        return
    same = SalesFile.objects.of(file.organisation_id).filter(raw_etag=found.etag, raw_size=found.size)
    first = same.filter(holds_content()).exclude(pk=file.pk).order_by("pk").first()
    if first is not None:
        raise DuplicateFile.naming(first.pk, first.filename)


def holds_content() -> Q:
    """Match sales files whose content is taken: all but those that failed before a revision of theirs was live."""
    return ~Q(status=Status.FAILED) | Q(live_revision__isnull=False)


def wrong_size(file: SalesFile, found: int, advice: str) -> UploadIncomplete:
    """Return the error for an upload of `found` bytes, with the sizes that were declared."""
    declared = " or ".join(str(size) for size in file.declared_sizes)
    text = f"Declared were {declared} bytes, found were {found}. {advice}"
    return UploadIncomplete(text, declared=file.filesize, found=found)


def _refuse_parts(error: StorageError) -> None:
    """Raise `UploadIncomplete` where S3 refused the request as wrong; any other `error` as it is."""
    cause = error.__cause__
    if isinstance(cause, ClientError) and cause.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404):
        text = "The parts do not make a whole upload: send them all, each but the last of at least 5 MiB."
        raise UploadIncomplete(text) from error
    raise error


def forget_multipart(key: str, upload_id: str) -> None:
    """Abort a multipart upload. Idempotent. Raises StorageError when S3 cannot be reached."""
    try:
        storage().abort_multipart(key, upload_id)
    except StorageError as error:
        # S3 refuses what it does not know any more: the upload was completed or aborted before.
        if not isinstance(error.__cause__, ClientError):
            raise
