from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import lease_key
from jobs.models import Job
from jobs.services import leases
from oas.kernel.config import config
from oas.kernel.documents import documents
from salesfiles.models import SalesFile
from salesfiles.services import sweeping
from salesfiles.services.batching import CONTROL_TOTALS
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.sweeping import sweep
from salesfiles.status import Status
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import (
    cleaned,
    cleaning_file,
    finalized_file,
    finish,
    imported,
    job_of,
    leave,
    processed_file,
    uploaded_file,
)

pytestmark = pytest.mark.django_db(transaction=True)


def make_old(row: Job | SalesFile, *names: str) -> None:
    """As if it had been written before the time after which the sweep looks at it."""
    old = timezone.now() - timedelta(seconds=config().sweep_after + 1)
    rows: Any = type(row).everything
    rows.filter(pk=row.pk).update(**dict.fromkeys(names, old))


def lost_job(organisation: Organisation) -> tuple[SalesFile, Job]:
    """Published long ago, and gone from the queue."""
    file = cleaning_file(organisation)
    job = job_of(file)
    take_all()
    make_old(job, "published_at", "created_at")
    return file, job


def at_once(*calls: Callable[[], object]) -> None:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        barrier.wait(timeout=10)
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(run, call) for call in calls]:
            future.result(timeout=60)


def state_of(job: Job) -> tuple[str, int]:
    job.refresh_from_db()
    return job.state, job.attempts


# --- jobs ---


def test_a_message_that_was_lost_is_published_again(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    sweep()
    assert [(each["id"], each["argument"]) for each in messages()] == [(str(job.pk), job.message)]
    assert state_of(job) == ("QUEUED", 2)


def test_two_sweeps_at_once_publish_it_once(organisation: Organisation) -> None:
    _, job = lost_job(organisation)
    at_once(sweep, sweep)
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


def test_a_result_whose_bell_was_lost_is_applied(organisation: Organisation) -> None:
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
    at_once(sweep, sweep)
    assert Job.objects.of(organisation).count() == 2
    assert file.history.filter(to_status="CLEANED").count() == 1


def test_a_job_that_nobody_finishes_fails_its_file(organisation: Organisation) -> None:
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


def test_rows_are_taken_in_turn(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "MOST_ROWS", 1)
    _, first = lost_job(organisation)
    Job.everything.filter(pk=first.pk).update(message={"broken": True}, module="report")
    _, second = lost_job(organisation)
    sweep()
    sweep()
    assert str(second.pk) in [each["id"] for each in messages()]


# --- files between two modules ---


def test_an_uploaded_file_is_carried_on(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.UPLOADED, raw_etag="e", raw_size=1)
    make_old(file, "updated_at")
    at_once(sweep, sweep)
    file.refresh_from_db()
    assert (file.status, file.jobs.count()) == (Status.CLEANING, 1)
    assert documents().collection("files").find_one({"file": file.pk, "organisation": organisation.pk})


def test_a_reimport_without_a_job_is_carried_on(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.REIMPORT, revision=2)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, job_of(file).revision) == (Status.CLEANING, 2)


def test_a_cleaned_file_without_a_job_is_carried_on(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job_of(file).delete()
    SalesFile.everything.filter(pk=file.pk).update(status=Status.CLEANED)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, job_of(file).module) == (Status.PROCESSING, "importer")


def test_a_processed_file_that_ties_is_finalized(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.PROCESSED, live_revision=None)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, file.live_revision) == (Status.FINALIZED, 1)


@pytest.mark.parametrize("cause", [CONTROL_TOTALS, ""])
def test_a_processed_file_that_does_not_tie_is_left_to_people(organisation: Organisation, cause: str) -> None:
    file = processed_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status_cause=cause)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert file.status == Status.PROCESSED


def test_a_file_that_is_young_is_left_alone(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.UPLOADED)
    sweep()
    file.refresh_from_db()
    assert file.status == Status.UPLOADED


# --- what was not tidied up ---


def test_a_settling_that_was_lost_is_done(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert file.activated_revision is None
    sweep()
    file.refresh_from_db()
    assert file.activated_revision == 1


def test_a_deletion_that_was_lost_is_done(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    at_once(sweep, sweep)
    assert not SalesFile.everything.filter(pk=file.pk).exists()


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
