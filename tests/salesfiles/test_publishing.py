from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from glider.contract import MESSAGE, CleaningMessage, ImporterMessage
from oas.kernel.config import config
from salesfiles.choices import Task
from salesfiles.errors import LostRace
from salesfiles.models import SalesFile
from salesfiles.services import sweeping
from salesfiles.services.batching import WAIT
from salesfiles.services.processing import process, start_cleaning
from salesfiles.status import Action
from tests.jobs.queues import broker_down, delays, messages, take_all
from tests.salesfiles.glider_stand_in import (
    bell,
    cleaned,
    cleaning_file,
    finish,
    imported,
    job_of,
    leave,
    ring,
    uploaded_file,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_queues(db: None) -> None:
    take_all()
    take_all("oas")


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


def test_the_message_of_cleaning_says_all_that_glider_needs(organisation: Organisation) -> None:
    file = cleaning_file(organisation, reporting_period="2025-01")
    job = job_of(file)
    message = MESSAGE.validate_python(job.message)
    assert isinstance(message, CleaningMessage)
    assert (message.job, message.organisation, message.raw_key) == (job.pk, organisation.pk, file.raw_key)
    assert (message.raw_etag, message.raw_size) == (file.raw_etag, file.raw_size)
    assert message.result_key == f"organisation={organisation.pk}/jobs/{job.pk}/result.json"
    assert message.cleaned_key == f"organisation={organisation.pk}/cleaned/{file.uuid}/r1/{job.pk}.parquet"
    assert message.callback_url == config().webhook_address
    assert message.file.model_dump() == {
        "id": file.pk,
        "uuid": file.uuid,
        "mongo_db_id": file.mongo_db_id,
        "revision": 1,
        "filename": "sales.csv",
        "reporting_period": "2025-01",
        "account_currency": "EUR",
    }


def test_the_importer_is_published_after_the_callback(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = cleaning_file(organisation)
    leave(job_of(file), cleaned(job_of(file)))
    with django_capture_on_commit_callbacks(execute=True):
        ring(bell(job_of(file)))
    message = MESSAGE.validate_python(messages()[-1]["argument"])
    assert isinstance(message, ImporterMessage)
    assert (message.job, message.cleaning.accepted) == (job_of(file).pk, 2)


def test_finalized_publishes_the_settling(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    with django_capture_on_commit_callbacks(execute=True):
        finish(job_of(file))
    sent = [(each["task"], each["argument"]) for each in messages("oas")]
    assert sent == [(Task.FINALISE, file.pk), (Task.ACTIVATE, [file.pk])]


@pytest.mark.parametrize(("others", "lines", "waits"), [(0, 2, False), (1, 2, False), (2, 2, True), (2, 20_001, False)])
def test_finalising_waits_for_others_only_while_several_are_on_their_way(
    organisation: Organisation,
    other_organisation: Organisation,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    others: int,
    lines: int,
    waits: bool,
) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    SalesFile.everything.filter(pk=file.pk).update(accepted_rows=lines)
    for n in range(4):
        cleaning_file(organisation if n < others else other_organisation)
    take_all("oas")
    leave(job_of(file), imported(job_of(file)))
    with django_capture_on_commit_callbacks(execute=True):
        ring(bell(job_of(file)))
    assert [message["task"] for message in messages("oas")] == [Task.FINALISE]
    (delay,) = delays("oas")
    assert 0 < delay <= WAIT if waits else delay == 0


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
