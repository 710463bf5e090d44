"""What `process` does with one sales file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from layouts.services.layout_sets import same_set
from oas.kernel.amounts import plain
from oas.kernel.documents import documents, file_id
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile
from salesfiles.services import uploads
from salesfiles.services.jobs import start_cleaning, start_importer
from salesfiles.services.quotas import refuse_files
from salesfiles.services.turns import given_together
from salesfiles.status import Action, Status, actions_for


@dataclass(frozen=True)
class Outcome:
    file: SalesFile
    presigned_url: str | None = None
    upload: uploads.Multipart | None = None


@contextmanager
def several() -> Iterator[None]:
    """For processing one sales file after the other: what each would ask for, or do, is done once."""
    with same_set(), given_together():
        yield


def process(
    *,
    file: SalesFile,
    action: Action,
    actor: str = "",
    parts: int | None = None,
    content_length: int | None = None,
) -> Outcome:
    """Do `action`. Raises a `Refused`: what the state of the file, or of its upload, does not allow."""
    if action not in actions_for(file):
        raise InvalidTransition.of(file, action)
    if action is Action.UPLOAD:
        return _upload(file, actor, parts, content_length)
    if action is Action.COMPLETE:
        uploads.complete_upload(file=file)
    elif action is Action.ABORT:
        uploads.abort_upload(file=file)
    else:
        refuse_files(file.organisation)
        _bring_to_totals(file, action, actor)
    return Outcome(file)


def _upload(file: SalesFile, actor: str, parts: int | None, content_length: int | None) -> Outcome:
    if parts is not None:
        return Outcome(file, upload=uploads.hand_out_parts(file=file, parts=parts, actor=actor))
    url = uploads.hand_out_link(file=file, actor=actor, content_length=content_length)
    return Outcome(file, presigned_url=url)


def _bring_to_totals(file: SalesFile, action: Action, actor: str) -> None:
    if action is Action.REIMPORT or file.status == Status.FAILED:
        reimport(file=file, actor=actor)
    elif file.status == Status.CLEANED:
        start_importer(file, actor=actor)
    else:
        clean(file=file, actor=actor)


def clean(*, file: SalesFile, actor: str = "") -> None:
    """UPLOADING with the object present, or UPLOADED, → CLEANING."""
    if file.status == Status.UPLOADING:
        uploads.pin_upload(file, actor=actor)
    save_first_information(file)
    start_cleaning(file, actor=actor)


@transaction.atomic
def reimport(*, file: SalesFile, actor: str = "") -> None:
    """FAILED, PROCESSED or FINALIZED → REIMPORT → CLEANING, as the next revision, from the object pinned once."""
    now = SalesFile.lock(file.pk)
    if Action.REIMPORT not in actions_for(now):
        raise InvalidTransition.of(now, Action.REIMPORT)
    now.move_to(Status.REIMPORT, actor=actor, revision=now.revision + 1)
    start_cleaning(now, actor=actor)
    file.refresh_from_db()


def save_first_information(file: SalesFile) -> None:
    """What is known before Glider has looked at the content, one document per `mongo_db_id`."""
    documents().replace(
        "files",
        {
            "_id": file_id(file.organisation_id, file.mongo_db_id),
            "organisation": file.organisation_id,
            "file": file.pk,
            "uuid": file.uuid,
            "mongo_db_id": file.mongo_db_id,
            "filename": file.filename,
            "filetype": file.filetype,
            "filesize": file.filesize,
            "size": file.raw_size,
            "etag": file.raw_etag,
            "key": file.raw_key,
            "reporting_period": file.reporting_period,
            "upload_mode": file.upload_mode,
            "exchange_rate": None if file.exchange_rate is None else plain(file.exchange_rate),
            "created_at": file.created_at,
        },
    )
