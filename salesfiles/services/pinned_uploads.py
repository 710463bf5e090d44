"""Pinned uploads: what was uploaded is copied within S3 to a key that no link reaches, and only the copy is read.

Each attempt copies to a key of its own, and the row names the copy of the attempt that came first. So a process that is
killed in between has pinned nothing, and its copy is a leftover that `gc` removes.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from django.db import transaction

from accounts.quotas import give_bytes_back
from glider.contract import Cause
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, ObjectChanged, ObjectInfo, StorageError, storage
from salesfiles.errors import LostRace, UploadIncomplete, UploadMissing
from salesfiles.models import SalesFile
from salesfiles.services.uploads import find_upload, refuse_duplicate
from salesfiles.status import Status

AT_ONCE = 64 * 1024**2  # bytes that S3 copies in a second or two: a web thread waits for no more
REPLACED = "The uploaded file was replaced after it had been checked. Upload it again."


def pin_upload(file: SalesFile, *, actor: str = "", most: int | None = None) -> None:
    """UPLOADING → UPLOADED, with the key and ETag of what is read from now on.

    An upload of more than `most` bytes is copied later, by `secure_upload`. Raises `UploadMissing`, `UploadIncomplete`,
    `DuplicateFile`, `LostRace`, StorageError.
    """
    found = find_upload(file)
    refuse_duplicate(file, found)
    if most is None or found.size <= most:
        found = _checked_copy(file, found)
    _move_to_uploaded(file, found, actor)
    if found.size != file.filesize:
        # `filesize` was in bits, and the quota of the day has counted it as bytes.
        give_bytes_back(file.organisation, file.filesize - found.size)


def is_secured(file: SalesFile) -> bool:
    """Return whether no link reaches what `file`, which is UPLOADED, is made of."""
    return object_keys.is_pinned(file.raw_key)


def secure_upload(file: SalesFile) -> None:
    """Copy the upload of `file`, which is UPLOADED, out of the reach of links, unless it was. Idempotent.

    An object that is gone, or no longer what was checked, moves the file to FAILED. Raises `LostRace`, StorageError.
    """
    if is_secured(file):
        return
    seen = ObjectInfo(file.raw_key, file.raw_size or 0, file.raw_etag, file.updated_at)
    try:
        copy = _copy(file, seen)
    except (ObjectChanged, ObjectAbsent) as error:
        cause = Cause.OBJECT_ABSENT if isinstance(error, ObjectAbsent) else Cause.OBJECT_CHANGED
        # Without an ETag: there is nothing that could be imported again.
        file.move_to(Status.FAILED, cause=cause, message=REPLACED, raw_etag="", raw_size=None)
        return
    with transaction.atomic():
        _refuse_outdated(file, Status.UPLOADED)
        if not file.change(raw_key=copy.key, raw_etag=copy.etag):
            raise file.refusal("clean", LostRace)
    _forget(seen.key)


def _move_to_uploaded(file: SalesFile, found: ObjectInfo, actor: str) -> None:
    uploaded = file.raw_key
    with transaction.atomic():
        _refuse_outdated(file, Status.UPLOADING)
        file.move_to(
            Status.UPLOADED, actor=actor, raw_key=found.key, raw_etag=found.etag, raw_size=found.size, upload_id=""
        )
    if found.key != uploaded:
        _forget(uploaded)


def _refuse_outdated(file: SalesFile, status: Status) -> None:
    """Lock the row of `file`; raises `LostRace` when it waits for another upload, or is not `status`, by now."""
    # The status alone does not tell: the file may have failed and be UPLOADING again, under another key.
    now = SalesFile.lock(file.pk)
    if now.status != status or now.raw_key != file.raw_key:
        raise now.refusal("clean", LostRace)


def _checked_copy(file: SalesFile, found: ObjectInfo) -> ObjectInfo:
    """Copy what was found, for a request that can be sent again. Raises `UploadMissing`, `UploadIncomplete`."""
    try:
        return found if object_keys.is_pinned(found.key) else _copy(file, found)
    except ObjectAbsent:
        raise UploadMissing("Nothing has been uploaded to the link yet.") from None
    except ObjectChanged:
        raise UploadIncomplete("The upload was replaced while it was being checked: send the request again.") from None


def _copy(file: SalesFile, seen: ObjectInfo) -> ObjectInfo:
    """Copy the object as it was `seen`. Raises `ObjectAbsent`, and `ObjectChanged` when another has its key by now."""
    key = object_keys.pinned(file.organisation_id, file.uuid, file.filename, file.revision, uuid4())
    storage().copy(seen.key, key, size=seen.size)
    copy = storage().head(key)
    # The ETag of a copy need not be that of its source (parts, encryption), so the source is looked at once more. What
    # counts from now on is the copy, whatever it is: its size is compared, and its content when it is cleaned.
    if copy.size != seen.size or storage().head(seen.key).etag != seen.etag:
        _forget(key)
        raise ObjectChanged(seen.key)
    return copy


def _forget(key: str) -> None:
    # What cannot be deleted now is found by the sweep, when the last link has expired.
    with suppress(StorageError):
        storage().delete(key)
