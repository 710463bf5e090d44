"""What a revision, or a deleted sales file, has in S3 and MongoDB is removed."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from glider.contract import Module, lease_key
from jobs.services import leases
from jobs.services.outbox import finished_job
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import Storage, storage
from salesfiles.models import SalesFile
from salesfiles.services import files, purging, sweeping
from salesfiles.services.activation import activate
from salesfiles.services.files import delete_file
from salesfiles.services.processing import reimport
from salesfiles.services.purging import purge_file, purge_revision
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    finalized_file,
    finish,
    job_of,
    new_file,
    uploaded_file,
)
from tests.salesfiles.stored import objects, sales_of, snapshots_of

# --- a revision ---


def test_a_purged_revision_has_no_document_and_no_object_left(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    jobs = [str(job.pk) for job in file.jobs.all()]
    purge_revision(file, 1)
    assert (sales_of(file), snapshots_of(file)) == ([], [])
    assert list(documents().find("snapshot_rows", {"snapshot": snapshot_id(file.uuid, 1)})) == []
    assert [key for job in jobs for key in objects(organisation, job)] == []
    assert objects(organisation, file.uuid) == [file.raw_key]


def test_purging_a_revision_takes_nothing_of_another(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file))
    purge_revision(file, 1)
    assert (sales_of(file), snapshots_of(file)) == ([(2, False)], [snapshot_id(file.uuid, 2)])
    assert len(objects(organisation, f"/{file.uuid}-r2-")) == 2  # sales of its one month, totals


def test_objects_of_an_importer_that_left_no_result_are_purged(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    importer = job_of(file)
    key = object_keys.sales(organisation.pk, "2025-01", file.uuid, 1, importer.pk)
    storage().put_bytes(key, b"half of a Parquet file")
    purge_revision(file, 1)
    assert objects(organisation, "/sales/") == []


def test_purging_a_revision_twice_is_no_error(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    purge_revision(file, 1)
    purge_revision(file, 1)
    assert objects(organisation, file.uuid) == [file.raw_key]


# --- a deleted file ---


@pytest.mark.parametrize("make", [new_file, uploaded_file, finalized_file])
def test_a_deleted_file_is_purged_entirely(organisation: Organisation, make: object) -> None:
    file: SalesFile = make(organisation)  # type: ignore[operator]
    delete_file(file=file)
    assert not SalesFile.objects.of(organisation).exists()
    assert purge_file(file.pk) is True
    assert not SalesFile.everything.filter(pk=file.pk).exists()
    assert objects(organisation, "") == []
    assert (sales_of(file), snapshots_of(file)) == ([], [])
    assert documents().get("files", file_id(organisation.pk, file.mongo_db_id)) is None


def test_purging_a_file_takes_nothing_of_another(organisation: Organisation) -> None:
    other = finalized_file(organisation)
    activate(other.pk)
    file = finalized_file(organisation)
    delete_file(file=file)
    purge_file(file.pk)
    assert sales_of(other) == [(1, True)]
    assert len(objects(organisation, other.uuid)) == 5
    assert finished_job(other.pk, Module.IMPORTER, other.revision)


def test_purging_a_file_again_does_nothing(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    purge_file(file.pk)
    assert purge_file(file.pk) is False


def test_a_file_that_is_not_deleted_is_not_purged(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert purge_file(file.pk) is False
    assert SalesFile.objects.of(organisation).get() == file


def test_purging_waits_for_a_job_that_still_runs(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    finish(job, failed(job))
    file.refresh_from_db()
    delete_file(file=file)
    leases.client().set(lease_key(job.pk), "1", ex=60)
    assert purge_file(file.pk) is False
    leases.client().delete(lease_key(job.pk))
    assert purge_file(file.pk) is True


def test_without_s3_a_deleted_file_is_purged_later(
    organisation: Organisation, no_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:

    file = finalized_file(organisation)
    files.delete_file(file=file)
    with monkeypatch.context() as patched:
        patched.setattr(purging, "storage", lambda: no_storage)
        sweeping.sweep()
    assert SalesFile.everything.filter(pk=file.pk).exists()
    sweeping.sweep()
    assert not SalesFile.everything.filter(pk=file.pk).exists()
