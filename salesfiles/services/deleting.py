"""Deleting a sales file: invisible at once, then its objects and documents, and the row itself last."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id
from oas.kernel.storage import storage
from oas.tasks import send_on_commit
from salesfiles.choices import Task
from salesfiles.errors import InvalidTransition, LostRace
from salesfiles.models import Job, SalesFile
from salesfiles.services import counting, live
from salesfiles.services.purging import drop_revision
from salesfiles.services.uploads import forget_multipart
from salesfiles.status import AT_REST

_ATTEMPTS = 5


def delete_file(*, file: SalesFile) -> None:
    """From here on the file is found and counted nowhere, and its content and `mongo_db_id` may be sent again.

    Raises `InvalidTransition` while it is being processed, StorageError.
    """
    for _ in range(_ATTEMPTS):
        prepared = counting.prepared(file, None)
        try:
            return _delete(file, prepared)
        except counting.Outdated:  # it was finalised in between
            continue
    raise LostRace.of(file, "delete")


@transaction.atomic
def _delete(file: SalesFile, prepared: counting.Prepared) -> None:
    rows = SalesFile.objects.of(file.organisation_id).filter(pk=file.pk, status__in=AT_REST)
    if rows.update(deleted_at=timezone.now(), claim=None) != 1:
        file.refresh_from_db()
        raise InvalidTransition.of(file, "delete")
    counting.apply([(file, prepared)])
    send_on_commit(Task.ERASE, file.pk)


def erase(id: int) -> bool:
    """Take away what a deleted file has left; False when it has to wait (a cancelled job still runs) or is gone."""
    file = SalesFile.everything.filter(pk=id, deleted_at__isnull=False).first()
    if file is None or _is_worked_on(file):
        return False
    if file.upload_id:
        forget_multipart(file.raw_key, file.upload_id)
    for revision in range(1, file.revision + 1):
        drop_revision(file, revision)
    storage().delete_folder(object_keys.cleaned_folder(file.organisation_id, file.uuid))
    storage().delete_folder(object_keys.raw_folder(file.organisation_id, file.uuid))
    documents().delete("files", {"_id": file_id(file.organisation_id, file.mongo_db_id), "uuid": file.uuid})
    file.delete()
    return True


def _is_worked_on(file: SalesFile) -> bool:
    jobs = Job.objects.of(file.organisation_id).filter(file=file).values_list("pk", flat=True)
    return bool(live.alive(list(jobs)))
