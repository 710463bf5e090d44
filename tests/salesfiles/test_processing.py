"""The actions of `process`, and what each publishes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import Cause
from jobs.models import Job
from oas.kernel.documents import Documents
from salesfiles.errors import InvalidTransition, LostRace
from salesfiles.models import SalesFile
from salesfiles.services import processing, sweeping
from salesfiles.services.processing import process, reimport, start_cleaning
from salesfiles.status import Action, Status
from tests.jobs.queues import broker_down, messages, take_all
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    failed_file,
    finalized_file,
    finish,
    job_of,
    new_file,
    processed_file,
    uploaded_file,
)  # fmt: skip


def ask(api: APIClient, file: SalesFile, action: str) -> Any:
    return api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": action})


@pytest.fixture(autouse=True)
def _empty_queues(db: None) -> None:
    take_all()
    take_all("oas")


# --- clean and import ---


@pytest.mark.parametrize("action", ["clean", "import"])
def test_clean_and_import_take_a_file_to_cleaning(
    alice_api: APIClient, organisation: Organisation, action: str
) -> None:
    file = uploaded_file(organisation)
    answer = ask(alice_api, file, action)
    assert (answer.status_code, answer.json()) == (
        202,
        {"id": file.pk, "status": "CLEANING", "presigned_url": None, "upload": None},
    )
    assert job_of(file).module == "cleaning"
    assert file.module_response == "cleaning"


def test_import_starts_the_importer_of_a_cleaned_file(alice_api: APIClient, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job_of(file).delete()
    SalesFile.everything.filter(pk=file.pk).update(status=Status.CLEANED)
    answer = ask(alice_api, file, "import")
    assert (answer.status_code, answer.json()["status"]) == (202, "PROCESSING")
    assert job_of(file).module == "importer"


def test_import_of_a_file_that_failed_after_cleaning_is_its_next_revision(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    finish(job_of(file), failed(job_of(file), Cause.ERROR).model_copy(update={"module": "importer"}))
    file.refresh_from_db()
    assert file.status == "FAILED"
    answer = ask(alice_api, file, "import")
    assert (answer.status_code, answer.json()["status"]) == (202, "CLEANING")
    assert (job_of(file).revision, file.revision) == (2, 2)


@pytest.mark.parametrize("action", Action.values)
def test_an_action_the_status_does_not_take_is_409(
    alice_api: APIClient, organisation: Organisation, action: str
) -> None:
    file = cleaning_file(organisation)
    answer = ask(alice_api, file, action)
    assert answer.status_code == 409
    error = answer.json()["errors"][0]
    assert (error["code"], error["status"], error["actions"]) == ("invalid_transition", "CLEANING", [])
    file.refresh_from_db()
    assert file.status == "CLEANING"


@pytest.mark.parametrize(
    ("action", "actions"), [("clean", ["upload"]), ("import", ["upload"]), ("reimport", ["upload"])]
)
def test_a_file_without_content_takes_only_upload(
    alice_api: APIClient, organisation: Organisation, action: str, actions: list[str]
) -> None:
    answer = ask(alice_api, new_file(organisation), action)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["actions"] == actions


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_one_wins(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    barrier = Barrier(2)

    def call() -> str:
        mine = SalesFile.objects.of(organisation).get(pk=file.pk)
        barrier.wait(timeout=10)
        try:
            process(file=mine, action=Action.CLEAN)
        except (LostRace, InvalidTransition):
            return "refused"
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(2) as pool:
        ends = [future.result(timeout=30) for future in [pool.submit(call), pool.submit(call)]]
    assert sorted(ends) == ["refused", "won"]
    assert Job.objects.of(organisation).count() == 1
    assert [change.to_status for change in file.history.all()] == ["UPLOADING", "UPLOADED", "CLEANING"]


# --- publishing ---


def test_a_job_is_published_after_commit_under_its_own_id(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = uploaded_file(organisation)
    with django_capture_on_commit_callbacks(execute=True):
        process(file=file, action=Action.CLEAN)
        assert messages() == []
    job = job_of(file)
    assert messages() == [{"task": "glider.run", "id": str(job.pk), "argument": job.message}]
    assert job.published_at is not None


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_published(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status="UPLOADED")
    file.refresh_from_db()

    class Later(Exception):
        pass

    @transaction.atomic
    def start_and_fall() -> None:
        start_cleaning(file)
        raise Later

    with pytest.raises(Later):
        start_and_fall()
    assert messages() == []
    file.refresh_from_db()
    assert (file.status, file.jobs.count()) == ("UPLOADED", 0)


@pytest.mark.django_db(transaction=True)
def test_a_lost_race_publishes_nothing(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status="UPLOADED")
    file.refresh_from_db()
    stale = SalesFile.everything.get(pk=file.pk)
    start_cleaning(file)
    with pytest.raises(LostRace):
        start_cleaning(stale)
    assert [each["id"] for each in messages()] == [str(job_of(file).pk)]
    assert file.jobs.count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_down_the_request_succeeds_and_the_sweep_delivers(
    organisation: Organisation, alice_api: Any, client: Client
) -> None:
    file = uploaded_file(organisation)
    with broker_down():
        answer = alice_api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "clean"})
    assert (answer.status_code, answer.json()["status"]) == (202, "CLEANING")
    job = job_of(file)
    assert (job.published_at, messages()) == (None, [])
    sweeping.sweep()
    assert [each["id"] for each in messages()] == [str(job.pk)]


def test_without_mongodb_the_upload_is_pinned_and_the_sweep_continues(
    alice_api: APIClient, organisation: Organisation, no_documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded_file(organisation)
    with monkeypatch.context() as patched:
        patched.setattr(processing, "documents", lambda: no_documents)
        answer = ask(alice_api, file, "clean")
        assert (answer.status_code, answer.json()["errors"][0]["part"]) == (503, "mongodb")
    file.refresh_from_db()
    assert (file.status, bool(file.raw_etag)) == ("UPLOADED", True)
    SalesFile.everything.filter(pk=file.pk).update(updated_at=file.updated_at - timedelta(hours=1))
    sweeping.sweep()
    assert job_of(file).module == "cleaning"


# --- reimport ---


def test_a_reimport_starts_the_next_revision_and_the_old_one_still_counts(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = finalized_file(organisation)
    answer = ask(alice_api, file, "reimport")
    assert (answer.status_code, answer.json()["status"]) == (202, "CLEANING")
    job = job_of(file)
    assert (file.revision, file.live_revision, job.revision) == (2, 1, 2)
    assert "/r2/" in job.message["cleaned_key"]
    assert job.message["raw_key"] == file.raw_key
    assert [change.to_status for change in file.history.all()][-2:] == ["REIMPORT", "CLEANING"]
    finish(job)
    finish(job_of(file))
    file.refresh_from_db()
    assert (file.status, file.live_revision) == ("FINALIZED", 2)


def test_a_reimport_uses_the_exchange_rate_given_since(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    alice_api.patch(f"/api/files/salesfiles/{file.pk}/", {"exchange_rate": "2"})
    file.refresh_from_db()
    reimport(file=file)
    finish(job_of(file))
    assert job_of(file).message["exchange_rates"] == {"USD": "2"}


@pytest.mark.parametrize("make", [failed_file, processed_file, finalized_file])
def test_what_has_ended_can_be_reimported(alice_api: APIClient, organisation: Organisation, make: Any) -> None:
    assert ask(alice_api, make(organisation), "reimport").json()["status"] == "CLEANING"


def test_a_failed_reimport_leaves_the_live_revision(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file), failed(job_of(file)))
    file.refresh_from_db()
    assert (file.status, file.revision, file.live_revision, file.total_rows) == ("FAILED", 2, 1, 2)
    assert file.claim == file.sha256
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file))
    file.refresh_from_db()
    assert (file.status, file.live_revision) == ("FINALIZED", 3)


def test_a_stale_reimport_is_refused(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    stale = SalesFile.objects.of(organisation).get(pk=file.pk)
    reimport(file=file)
    with pytest.raises(InvalidTransition):
        reimport(file=stale)
    assert Job.objects.of(organisation).filter(revision=2).count() == 1
