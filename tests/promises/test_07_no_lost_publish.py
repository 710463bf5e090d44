"""Promise 7: no message is sent before the commit, and one that could not be sent is not lost: its row remains."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Organisation
from jobs.models import Job
from salesfiles.models import SalesFile
from salesfiles.services import sweeping
from salesfiles.services.files import delete_file
from salesfiles.services.processing import process, start_cleaning
from salesfiles.status import Action
from tests.jobs.queues import broker_down, messages, take_all
from tests.salesfiles.glider_stand_in import cleaning_file, finalized_file, job_of, uploaded_file
from tests.totals.driving import processed, random_content

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_queues(db: None) -> None:
    take_all()
    take_all("oas")


def age(file: SalesFile) -> None:
    """Set the times of `file` and its jobs back by an hour, so that the sweep looks at them."""
    hour = timedelta(hours=1)
    SalesFile.everything.filter(pk=file.pk).update(updated_at=file.updated_at - hour)
    for job in Job.everything.filter(file=file):
        Job.everything.filter(pk=job.pk).update(created_at=job.created_at - hour)


def test_no_message_is_sent_before_the_commit_and_none_after_a_rollback(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status="UPLOADED")
    file.refresh_from_db()
    with transaction.atomic():
        start_cleaning(file)
        assert messages() == []
        transaction.set_rollback(True)
    assert messages() == []
    assert Job.everything.filter(file=file).count() == 0


def test_a_job_opened_while_the_broker_was_down_is_sent_by_the_sweep(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    with broker_down():
        process(file=file, action=Action.CLEAN)
    assert messages() == []
    age(file)
    sweeping.sweep()
    assert [each["id"] for each in messages()] == [str(job_of(file).pk)]


def test_finalising_that_could_not_be_sent_to_a_worker_is_done_by_the_sweep(organisation: Organisation) -> None:
    file = cleaning_file(organisation, content=random_content(1).encode(), filename="sales.tsv")
    with broker_down():
        processed(file)
    assert messages("oas") == []
    age(file)
    sweeping.sweep()
    file.refresh_from_db()
    assert (file.status, file.activated_revision) == ("FINALIZED", 1)


def test_a_deletion_that_could_not_be_sent_to_a_worker_is_done_by_the_sweep(
    organisation: Organisation,
) -> None:
    file = finalized_file(organisation)
    with broker_down():
        delete_file(file=file)
    sweeping.sweep()
    assert not SalesFile.everything.filter(pk=file.pk).exists()


def test_a_message_that_is_sent_again_is_still_one_job(organisation: Organisation) -> None:
    """The first message may only have been late, and meets the second."""
    file = cleaning_file(organisation)
    job = job_of(file)
    take_all()
    Job.everything.filter(pk=job.pk).update(published_at=job.created_at - timedelta(hours=1))
    sweeping.sweep()
    assert [(each["id"], each["argument"]) for each in messages()] == [(str(job.pk), job.message)]
    assert Job.everything.filter(file=file).count() == 1
