from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from glider.contract import Module, lease_key
from jobs.choices import JobState
from jobs.models import Job
from jobs.services import leases
from jobs.services.outbox import finished_job
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate, activate_all
from salesfiles.services.files import delete_file
from salesfiles.services.processing import process, reimport
from salesfiles.services.purging import purge_file
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    finalized_file,
    finish,
    imported,
    job_of,
    leave,
    new_file,
    uploaded_file,
)


def objects(organisation: Organisation, word: str) -> list[str]:
    """Keys of the organisation that contain `word`."""
    return [item.key for item in storage().list(object_keys.organisation(organisation.pk)) if word in item.key]


def sales_of(file: SalesFile) -> list[tuple[int, bool]]:
    return sorted((doc["revision"], doc["live"]) for doc in documents().find("sales", {"file": file.pk}))


def snapshots_of(file: SalesFile) -> list[str]:
    return sorted(doc["_id"] for doc in documents().find("snapshots", {"file": file.pk}))


def reimported(file: SalesFile) -> SalesFile:
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file))
    file.refresh_from_db()
    return file


def test_the_sales_of_a_finalized_file_become_live(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert sales_of(file) == [(1, False)]
    assert activate(file.pk) is True
    file.refresh_from_db()
    assert (sales_of(file), file.activated_revision) == ([(1, True)], 1)


def test_settling_again_does_nothing(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    assert activate(file.pk) is False
    assert sales_of(file) == [(1, True)]


def test_new_files_are_settled_together(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    files = [finalized_file(organisation) for _ in range(3)]
    with django_assert_num_queries(3):
        activate_all([file.pk for file in files])
    assert [sales_of(file) for file in files] == [[(1, True)]] * 3
    assert [activate(file.pk) for file in files] == [False] * 3


def test_a_file_that_has_a_past_is_settled_by_itself(organisation: Organisation) -> None:
    new, old, twice = (finalized_file(organisation) for _ in range(3))
    reimported(old)
    other = Job.objects.unscoped().create(
        organisation=organisation, file=twice, module="importer", revision=1, message={}, state=JobState.CANCELLED
    )
    left = {"organisation": organisation.pk, "file": twice.pk, "uuid": twice.uuid, "revision": 1, "live": True}
    documents().write("sales", [{"_id": "left", "snapshot": snapshot_id(twice.uuid, 1), "job": str(other.pk), **left}])
    activate_all([new.pk, old.pk, twice.pk])
    assert [sales_of(file) for file in (new, old, twice)] == [[(1, True)], [(2, True)], [(1, False), (1, True)]]
    assert [activate(file.pk) for file in (new, old, twice)] == [False] * 3


def test_the_old_revision_stays_until_the_new_one_is_finalized(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    reimport(file=file)
    finish(job_of(file))
    leave(job_of(file), imported(job_of(file)))
    activate(file.pk)
    assert sales_of(file) == [(1, True), (2, False)]
    assert len(objects(organisation, f"/{file.uuid}-r1-")) == 2  # sales of its one month, totals


def test_then_it_is_dropped_from_everywhere(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    old_jobs = [str(job.pk) for job in file.jobs.all()]
    reimported(file)
    assert activate(file.pk) is True
    assert sales_of(file) == [(2, True)]
    assert snapshots_of(file) == [snapshot_id(file.uuid, 2)]
    assert not list(documents().find("snapshot_rows", {"snapshot": snapshot_id(file.uuid, 1)}))
    assert list(documents().find("snapshot_rows", {"snapshot": snapshot_id(file.uuid, 2)}))
    assert [key for job in old_jobs for key in objects(organisation, job)] == []
    assert len(objects(organisation, f"/{file.uuid}-r2-")) == 2
    assert storage().head(file.raw_key).size == file.raw_size


def test_settling_half_done_is_finished_by_the_next_try(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    reimported(file)
    documents().delete("snapshots", {"_id": snapshot_id(file.uuid, 1)})
    documents().delete("sales", {"snapshot": snapshot_id(file.uuid, 1)})
    assert activate(file.pk) is True
    assert objects(organisation, f"/{file.uuid}-r1-") == []
    assert sales_of(file) == [(2, True)]


def test_a_newer_revision_at_work_is_not_touched(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    leave(job_of(file), imported(job_of(file)))
    assert activate(file.pk) is True
    assert sales_of(file) == [(1, True), (2, False)]


def test_what_a_failed_revision_left_goes_with_the_next(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    reimport(file=file)
    finish(job_of(file))
    importer = job_of(file)
    leave(importer, imported(importer))
    finish(importer, failed(importer).model_copy(update={"module": Module.IMPORTER}))
    reimported(file)
    activate(file.pk)
    assert sales_of(file) == [(3, True)]
    assert objects(organisation, f"/{file.uuid}-r2-") == []


def test_an_earlier_upload_goes_when_the_new_one_is_finalized(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    old_key = file.raw_key
    finish(job_of(file), failed(job_of(file)))
    file.refresh_from_db()
    content = storage().get_bytes(old_key)
    process(file=file, action=Action.UPLOAD)
    storage().client.put_object(Bucket=storage().bucket, Key=file.raw_key, Body=content)
    process(file=file, action=Action.CLEAN)
    finish(job_of(file))
    finish(job_of(file))
    activate(file.pk)
    file.refresh_from_db()
    assert [item.key for item in storage().list(object_keys.raw_folder(organisation.pk, file.uuid))] == [file.raw_key]
    with pytest.raises(ObjectAbsent):
        storage().head(old_key)


# --- deleting ---


@pytest.mark.parametrize("make", [new_file, uploaded_file, finalized_file])
def test_a_deleted_file_is_gone_at_once_and_then_entirely(organisation: Organisation, make: object) -> None:
    file: SalesFile = make(organisation)  # type: ignore[operator]
    delete_file(file=file)
    assert not SalesFile.objects.of(organisation).exists()
    assert purge_file(file.pk) is True
    assert not SalesFile.everything.filter(pk=file.pk).exists()
    assert objects(organisation, "") == []
    assert (sales_of(file), snapshots_of(file)) == ([], [])
    assert documents().get("files", file_id(organisation.pk, file.mongo_db_id)) is None


def test_erasing_takes_nothing_of_another_file(organisation: Organisation) -> None:
    other = finalized_file(organisation)
    activate(other.pk)
    file = finalized_file(organisation)
    delete_file(file=file)
    purge_file(file.pk)
    assert sales_of(other) == [(1, True)]
    assert len(objects(organisation, other.uuid)) == 5
    assert finished_job(other.pk, Module.IMPORTER, other.revision)


def test_the_id_of_a_deleted_file_can_be_used_at_once(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    again = cleaning_file(organisation, mongo_db_id=file.mongo_db_id)
    purge_file(file.pk)
    found = documents().get("files", file_id(organisation.pk, file.mongo_db_id))
    assert found
    assert found["uuid"] == again.uuid


def test_erasing_again_does_nothing(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    purge_file(file.pk)
    assert purge_file(file.pk) is False


def test_what_is_not_deleted_is_not_erased(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert purge_file(file.pk) is False
    assert SalesFile.objects.of(organisation).get() == file


def test_erasing_waits_for_a_job_that_still_runs(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    finish(job, failed(job))
    file.refresh_from_db()
    delete_file(file=file)
    leases.client().set(lease_key(job.pk), "1", ex=60)
    assert purge_file(file.pk) is False
    leases.client().delete(lease_key(job.pk))
    assert purge_file(file.pk) is True


def test_a_file_that_is_being_processed_is_not_deleted(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    with pytest.raises(InvalidTransition):
        delete_file(file=file)
    assert SalesFile.objects.of(organisation).get() == file
