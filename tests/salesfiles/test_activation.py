"""After FINALIZED: new sales are marked live, superseded revisions are purged."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from glider.contract import Module
from jobs.choices import JobState
from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.models import SalesFile
from salesfiles.services import activation
from salesfiles.services.activation import activate, activate_all
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    finalized_file,
    finish,
    imported,
    job_of,
    leave,
)
from tests.salesfiles.stored import objects, sales_of, snapshots_of


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


def test_activating_again_does_nothing(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    assert activate(file.pk) is False
    assert sales_of(file) == [(1, True)]


def test_first_imports_are_activated_together(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    files = [finalized_file(organisation) for _ in range(3)]
    with django_assert_num_queries(3):
        activate_all([file.pk for file in files])
    assert [sales_of(file) for file in files] == [[(1, True)]] * 3
    assert [activate(file.pk) for file in files] == [False] * 3


def test_a_file_with_a_second_import_is_activated_alone(organisation: Organisation) -> None:
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


def test_the_superseded_revision_is_purged_from_everywhere(organisation: Organisation) -> None:
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


def test_an_activation_that_was_cut_off_is_finished_by_the_next(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    reimported(file)
    documents().delete("snapshots", {"_id": snapshot_id(file.uuid, 1)})
    documents().delete("sales", {"snapshot": snapshot_id(file.uuid, 1)})
    assert activate(file.pk) is True
    assert objects(organisation, f"/{file.uuid}-r1-") == []
    assert sales_of(file) == [(2, True)]


def test_the_new_revision_is_live_before_the_old_one_is_purged(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    reimported(file)

    def killed(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(activation, "purge_revision", killed)
        with pytest.raises(InterruptedError):
            activate(file.pk)
    assert sales_of(file) == [(1, True), (2, True)]
    assert activate(file.pk) is True
    assert sales_of(file) == [(2, True)]


def test_a_newer_revision_at_work_is_not_touched(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    leave(job_of(file), imported(job_of(file)))
    assert activate(file.pk) is True
    assert sales_of(file) == [(1, True), (2, False)]


def test_a_failed_revision_is_purged_with_the_next_activation(organisation: Organisation) -> None:
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


def test_an_earlier_upload_is_purged_when_the_new_one_is_finalized(organisation: Organisation) -> None:
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


def test_an_upload_that_begins_during_an_activation_is_kept(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = finalized_file(organisation)
    activate(file.pk)
    file = reimported(file)
    content = storage().get_bytes(file.raw_key)
    mark_live = activation._mark_live

    def sent_again(read: SalesFile, revision: int) -> None:
        mark_live(read, revision)
        reimport(file=file)
        finish(job_of(file), failed(job_of(file)))
        file.refresh_from_db()
        process(file=file, action=Action.UPLOAD)
        storage().client.put_object(Bucket=storage().bucket, Key=file.raw_key, Body=content)

    monkeypatch.setattr(activation, "_mark_live", sent_again)
    activate(file.pk)
    file.refresh_from_db()
    assert (file.status, file.revision) == ("UPLOADING", 4)
    assert storage().get_bytes(file.raw_key) == content
