"""The sweep over jobs: lost messages, notifications and workers."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import lease_key
from jobs.models import Job
from jobs.services import leases
from oas import sweeping
from oas.kernel.config import config
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from salesfiles.services.sweeping import sweep
from salesfiles.status import Status
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import (
    cleaned,
    cleaning_file,
    finish,
    imported,
    job_of,
    leave,
)
from tests.salesfiles.lost_work import lost_job, make_old, state_of
from tests.totals.driving import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_that_was_lost_is_published_again(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    sweep()
    assert [(each["id"], each["argument"]) for each in messages()] == [(str(job.pk), job.message)]
    assert state_of(job) == ("QUEUED", 2)


def test_two_sweeps_at_once_publish_it_once(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    assert at_once(sweep, sweep) == [None, None]
    assert [each["id"] for each in messages()] == [str(job.pk)]
    assert state_of(job) == ("QUEUED", 2)


def test_the_next_sweep_waits_again(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    sweep()
    take_all()
    sweep()
    assert messages() == []
    assert state_of(job) == ("QUEUED", 2)


def test_a_job_that_waits_in_the_queue_is_late_but_not_lost(organisation: Organisation) -> None:
    job = job_of(cleaning_file(organisation))
    make_old(job, "published_at", "created_at")
    Job.everything.filter(pk=job.pk).update(attempts=config().job_attempts)
    sweep()
    assert [each["id"] for each in messages()] == [str(job.pk)]
    assert state_of(job) == ("QUEUED", config().job_attempts)


def test_a_job_published_a_moment_ago_is_left_alone(organisation: Organisation) -> None:
    job = job_of(cleaning_file(organisation))
    take_all()
    sweep()
    assert messages() == []
    assert state_of(job) == ("QUEUED", 1)


def test_a_job_with_a_lease_is_running_however_old_it_is(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    leases.client().set(lease_key(job.pk), "1", ex=60)
    sweep()
    assert messages() == []
    assert state_of(job) == ("RUNNING", 1)
    assert job.lease_until is not None
    assert job.lease_until > timezone.now()


def test_a_running_job_whose_lease_ran_out_is_published_at_once(organisation: Organisation) -> None:
    job = job_of(cleaning_file(organisation))
    take_all()
    leases.client().set(lease_key(job.pk), "1", ex=60)
    sweep()
    leases.client().delete(lease_key(job.pk))
    sweep()
    assert [each["id"] for each in messages()] == [str(job.pk)]
    assert state_of(job) == ("QUEUED", 2)


def test_a_result_whose_notification_was_lost_is_applied(organisation: Organisation) -> None:
    file, job = lost_job(organisation)
    leave(job, cleaned(job))
    sweep()
    file.refresh_from_db()
    assert file.status == Status.PROCESSING
    assert state_of(job) == ("SUCCEEDED", 1)
    assert [each["id"] for each in messages()] == [str(job_of(file).pk)]


def test_two_sweeps_at_once_apply_a_result_once(organisation: Organisation) -> None:
    file, job = lost_job(organisation)
    leave(job, cleaned(job))
    assert at_once(sweep, sweep) == [None, None]
    assert Job.objects.of(organisation).count() == 2
    assert file.history.filter(to_status="CLEANED").count() == 1


def test_a_job_that_no_worker_finishes_fails_its_file(organisation: Organisation) -> None:
    file, job = lost_job(organisation)
    Job.everything.filter(pk=job.pk).update(attempts=config().job_attempts)
    sweep()
    file.refresh_from_db()
    assert (file.status, file.status_cause) == (Status.FAILED, "lease_expired")
    assert state_of(job) == ("FAILED", config().job_attempts)
    assert messages() == []
    last = file.history.last()
    assert last
    assert last.actor == "sweep"


def test_a_job_its_file_no_longer_waits_for_is_closed(organisation: Organisation) -> None:
    file, job = lost_job(organisation)
    leave(job, cleaned(job))
    SalesFile.everything.filter(pk=file.pk).update(current_job=None)
    sweep()
    assert state_of(job)[0] == "CANCELLED"
    file.refresh_from_db()
    assert file.status == Status.CLEANING


def test_one_bad_row_does_not_stop_the_others(organisation: Organisation) -> None:
    bad_file, bad = lost_job(organisation)
    _, good = lost_job(organisation)
    leave(bad, cleaned(bad))
    Job.everything.filter(pk=bad.pk).update(message={})  # nothing can be made of it
    sweep()
    assert [each["id"] for each in messages()] == [str(good.pk)]
    bad_file.refresh_from_db()
    assert bad_file.status == Status.CLEANING


def test_rows_are_taken_in_the_order_they_were_looked_at(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_ROWS", 1)
    _, first = lost_job(organisation)
    Job.everything.filter(pk=first.pk).update(message={"broken": True}, module="report")
    _, second = lost_job(organisation)
    sweep()
    sweep()
    assert str(second.pk) in [each["id"] for each in messages()]


def test_a_lost_importer_is_found_as_well(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job: Any = job_of(file)
    take_all()
    make_old(job, "published_at", "created_at")
    leave(job, imported(job))
    sweep()
    file.refresh_from_db()
    assert file.status == Status.PROCESSED
    finalise(file.pk)
    file.refresh_from_db()
    assert file.status == Status.FINALIZED
