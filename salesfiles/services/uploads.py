"""Links for sending the content to S3, and a look at what arrived."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError
from django.db import transaction
from django.db.models import Q

from accounts.quotas import give_bytes_back
from oas.api.refusals import BadValue
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.storage import ObjectAbsent, ObjectInfo, StorageError, storage
from salesfiles.errors import DuplicateFile, LostRace, UploadIncomplete, UploadMissing
from salesfiles.models import SalesFile
from salesfiles.services.quotas import take_bytes
from salesfiles.status import Status

LINK_SECONDS = 15 * 60
MOST_PARTS = 10_000


@dataclass(frozen=True)
class Multipart:
    """Part `number` (from 1) is PUT to `urls[number - 1]`, in any order."""

    upload_id: str
    urls: tuple[str, ...]


def hand_out_link(*, file: SalesFile, actor: str = "", content_length: int | None = None) -> str:
    """A link that takes one PUT for 15 minutes. Raises `BadValue`, `InvalidTransition`, `LostRace`."""
    size = bound_size(file, content_length)
    begin_upload(file, actor=actor)
    return storage().presigned_put(file.raw_key, expires=LINK_SECONDS, size=size)


def hand_out_parts(*, file: SalesFile, parts: int, actor: str = "") -> Multipart:
    """Links for `parts` parts of one multipart upload; an earlier one that was not completed is dropped."""
    begin_upload(file, actor=actor)
    earlier = file.upload_id
    upload_id = storage().start_multipart(file.raw_key)
    if not file.change(upload_id=upload_id):
        storage().abort_multipart(file.raw_key, upload_id)
        raise file.refusal("upload", LostRace)
    if earlier:
        forget_multipart(file.raw_key, earlier)
    sign = storage().presigned_part
    urls = (sign(file.raw_key, upload_id, number, expires=LINK_SECONDS) for number in range(1, parts + 1))
    return Multipart(upload_id=upload_id, urls=tuple(urls))


def complete_upload(*, file: SalesFile) -> None:
    """Join the parts that S3 has. Raises `UploadIncomplete` when they are not all there."""
    try:
        storage().complete_multipart(file.raw_key, file.upload_id)
    except StorageError as error:
        _refuse_parts(error)
    file.change(upload_id="")
    find_upload(file)


def abort_upload(*, file: SalesFile) -> None:
    """Drop the parts sent so far; the file can be uploaded anew."""
    forget_multipart(file.raw_key, file.upload_id)
    file.change(upload_id="")


def begin_upload(file: SalesFile, *, actor: str = "") -> None:
    """→ UPLOADING, under a key that no earlier link can write to. A file that is UPLOADING stays as it is.

    Raises `InvalidTransition`, `LostRace`, `QuotaReached`.
    """
    with transaction.atomic():
        now = SalesFile.lock(file.pk)
        if now.status != Status.UPLOADING:
            _move_to_uploading(now, actor=actor)
    file.refresh_from_db()


def _move_to_uploading(file: SalesFile, *, actor: str) -> None:
    revision = file.revision + (file.status == Status.FAILED)
    take_bytes(file.organisation, file.filesize)
    key = object_keys.raw(file.organisation_id, file.uuid, file.filename, revision)
    file.move_to(
        Status.UPLOADING, actor=actor, raw_key=key, revision=revision,
        raw_etag="", raw_size=None, upload_id="", sha256="", current_job=None,
    )  # fmt: skip


def bound_size(file: SalesFile, content_length: int | None) -> int | None:
    """The size in bytes the link is signed for; None when `filesize` may be bytes or bits and nobody said which."""
    if content_length is not None:
        if content_length not in file.declared_sizes:
            text = f"A file of size {file.filesize} cannot have {content_length} bytes."
            raise BadValue(text, attr="content_length")
        return content_length
    return file.declared_sizes[0] if len(file.declared_sizes) == 1 else None


def pin_upload(file: SalesFile, *, actor: str = "") -> None:
    """UPLOADING → UPLOADED: from here on, only the object as it is now counts.

    Raises `UploadMissing`, `UploadIncomplete`, `DuplicateFile`, `LostRace`.
    """
    found = find_upload(file)
    refuse_duplicate(file, found)
    file.move_to(Status.UPLOADED, actor=actor, raw_etag=found.etag, raw_size=found.size, upload_id="")
    if found.size != file.filesize:  # that was in bits
        give_bytes_back(file.organisation, file.filesize - found.size)


def find_upload(file: SalesFile) -> ObjectInfo:
    """What S3 has under the file's key. Raises `UploadMissing`, or `UploadIncomplete` for another size.

    An object that is too long is deleted, so that the file can be uploaded again.
    """
    try:
        found = storage().head(file.raw_key)
    except ObjectAbsent:
        raise UploadMissing("Nothing has been uploaded to the link yet.") from None
    if found.size > min(file.filesize, config().max_upload_bytes):
        storage().delete(file.raw_key)
        raise _wrong_size(file, found, "It was deleted: upload the file again.")
    if found.size not in file.declared_sizes:
        raise _wrong_size(file, found, "Upload the whole file again.")
    return found


def refuse_duplicate(file: SalesFile, found: ObjectInfo) -> None:
    """Raises `DuplicateFile` when another sales file of the organisation has an object with the same checksum."""
    if "-" in found.etag:
        return  # of a multipart upload: not a checksum of the content
    same = SalesFile.objects.of(file.organisation_id).filter(raw_etag=found.etag, raw_size=found.size)
    first = same.filter(counts()).exclude(pk=file.pk).order_by("pk").first()
    if first is not None:
        raise DuplicateFile.of(first.pk, first.filename)


def counts() -> Q:
    """Sales files whose content is taken: all but those that failed before anything of theirs was FINALIZED."""
    return ~Q(status=Status.FAILED) | Q(live_revision__isnull=False)


def _wrong_size(file: SalesFile, found: ObjectInfo, advice: str) -> UploadIncomplete:
    declared = " or ".join(str(size) for size in file.declared_sizes)
    text = f"Declared were {declared} bytes, found were {found.size}. {advice}"
    return UploadIncomplete(text, declared=file.filesize, found=found.size)


def _refuse_parts(error: StorageError) -> None:
    """A request that S3 found wrong is the client's to mend; anything else is ours."""
    cause = error.__cause__
    if isinstance(cause, ClientError) and cause.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404):
        text = "The parts do not make a whole upload: send them all, each but the last of at least 5 MiB."
        raise UploadIncomplete(text) from error
    raise error


def forget_multipart(key: str, upload_id: str) -> None:
    try:
        storage().abort_multipart(key, upload_id)
    except StorageError as error:
        if not isinstance(error.__cause__, ClientError):
            raise
