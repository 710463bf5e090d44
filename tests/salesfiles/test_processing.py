from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import Cause
from jobs.models import Job
from salesfiles.errors import InvalidTransition, LostRace
from salesfiles.models import SalesFile
from salesfiles.services.processing import process as run
from salesfiles.services.processing import reimport
from salesfiles.services.review import accept_after_review, cancel
from salesfiles.status import Action, Status
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
)


def process(api: APIClient, file: SalesFile, action: str) -> Any:
    return api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": action})


@pytest.mark.parametrize("action", ["clean", "import"])
def test_clean_and_import_take_a_file_to_cleaning(
    alice_api: APIClient, organisation: Organisation, action: str
) -> None:
    file = uploaded_file(organisation)
    answer = process(alice_api, file, action)
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
    answer = process(alice_api, file, "import")
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
    answer = process(alice_api, file, "import")
    assert (answer.status_code, answer.json()["status"]) == (202, "CLEANING")
    assert (job_of(file).revision, file.revision) == (2, 2)


@pytest.mark.parametrize("action", Action.values)
def test_an_action_the_status_does_not_take_is_409(
    alice_api: APIClient, organisation: Organisation, action: str
) -> None:
    file = cleaning_file(organisation)
    answer = process(alice_api, file, action)
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
    answer = process(alice_api, new_file(organisation), action)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["actions"] == actions


@pytest.mark.parametrize("body", [{}, {"action": ""}, {"action": "explode"}, {"action": ["clean"]}, []])
def test_an_action_that_is_none_is_400(alice_api: APIClient, organisation: Organisation, body: Any) -> None:
    file = new_file(organisation)
    assert alice_api.post(f"/api/files/salesfiles/{file.pk}/process/", body).status_code == 400


def test_the_action_may_come_as_form_data(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    answer = alice_api.post(
        f"/api/files/salesfiles/{file.pk}/process/", {"id": file.pk, "action": "upload"}, format="multipart"
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "UPLOADING")


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_at_once_one_wins(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    barrier = Barrier(2)

    def call() -> str:
        mine = SalesFile.objects.of(organisation).get(pk=file.pk)
        barrier.wait(timeout=10)
        try:
            run(file=mine, action=Action.CLEAN)
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


# --- reimport ---


def test_a_reimport_starts_the_next_revision_and_the_old_one_still_counts(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = finalized_file(organisation)
    answer = process(alice_api, file, "reimport")
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
    assert process(alice_api, make(organisation), "reimport").json()["status"] == "CLEANING"


def test_a_failed_reimport_leaves_the_old_revision_in_force(organisation: Organisation) -> None:
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


# --- what only a person decides ---


def test_a_processed_file_can_be_accepted_after_review(organisation: Organisation) -> None:
    file = processed_file(organisation)
    accept_after_review(file=file, actor="alice")
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == ("FINALIZED", "accepted_after_review", 1)
    assert [check["name"] for check in file.checks if not check["tied"]] == ["lines imported = lines accepted"]
    last = file.history.last()
    assert last
    assert last.actor == "alice"


def test_an_accepted_reimport_has_its_own_totals(organisation: Organisation) -> None:
    from tests.salesfiles.glider_stand_in import imported

    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file), imported(job_of(file), total_rows=3))
    accept_after_review(file=file, actor="alice")
    file.refresh_from_db()
    assert (file.total_rows, file.live_revision) == (3, 2)


@pytest.mark.parametrize("make", [new_file, cleaning_file, failed_file, finalized_file])
def test_only_a_processed_file_can_be_accepted(organisation: Organisation, make: Any) -> None:
    with pytest.raises(InvalidTransition):
        accept_after_review(file=make(organisation), actor="alice")


def test_a_cancelled_file_fails_and_its_job_is_closed(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    cancel(file=file, actor="alice")
    file.refresh_from_db()
    job.refresh_from_db()
    assert (file.status, file.status_cause, file.error_message) == ("FAILED", "cancelled", "Cancelled by alice.")
    assert job.state == "CANCELLED"


@pytest.mark.parametrize("make", [new_file, failed_file, processed_file, finalized_file])
def test_what_is_not_on_its_way_cannot_be_cancelled(organisation: Organisation, make: Any) -> None:
    with pytest.raises(InvalidTransition):
        cancel(file=make(organisation), actor="alice")
