"""Promise 8: stuck work is found: its lease runs out, it is sent again, and after some attempts its file has failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import lease_key
from jobs.models import Job
from jobs.services import leases
from oas import metrics
from oas.kernel.config import config
from oas.kernel.storage import StorageError
from salesfiles.models import SalesFile
from salesfiles.services import sweeping
from salesfiles.services.sweeping import sweep
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import cleaned, cleaning_file, finalized_file, job_of, leave

pytestmark = pytest.mark.django_db(transaction=True)


def running_job(organisation: Organisation) -> tuple[SalesFile, Job]:
    """A job that a worker has taken and renews the lease of, and its file."""
    file = cleaning_file(organisation)
    job = job_of(file)
    take_all()
    leases.client().set(lease_key(job.pk), "1", ex=60)
    sweep()
    job.refresh_from_db()
    assert job.state == "RUNNING"
    return file, job


def test_a_job_whose_lease_is_renewed_is_left_alone_however_long_it_takes(organisation: Organisation) -> None:
    _, job = running_job(organisation)
    Job.everything.filter(pk=job.pk).update(published_at=timezone.now() - timedelta(days=1))
    sweep()
    assert messages() == []


def test_a_job_whose_lease_ran_out_is_sent_again(organisation: Organisation) -> None:
    _, job = running_job(organisation)
    leases.client().delete(lease_key(job.pk))
    sweep()
    job.refresh_from_db()
    assert [each["id"] for each in messages()] == [str(job.pk)]
    assert (job.state, job.attempts) == ("QUEUED", 2)


def test_after_the_last_attempt_the_file_has_failed_with_its_cause(organisation: Organisation) -> None:
    file, job = running_job(organisation)
    Job.everything.filter(pk=job.pk).update(attempts=config().job_attempts)
    leases.client().delete(lease_key(job.pk))
    sweep()
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FAILED", "lease_expired")
    assert file.error_message.endswith("Start it again.")
    assert messages() == []


def test_a_result_whose_webhook_was_lost_is_found(organisation: Organisation) -> None:
    file, job = running_job(organisation)
    leave(job, cleaned(job))
    leases.client().delete(lease_key(job.pk))
    sweep()
    file.refresh_from_db()
    assert file.status == "PROCESSING"


def test_a_file_that_cannot_be_handled_does_not_hold_up_others(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, healthy = finalized_file(organisation), finalized_file(organisation)

    def activate(id: int) -> None:
        if id == poison.pk:
            raise StorageError("always")
        SalesFile.everything.filter(pk=id).update(activated_revision=1)

    monkeypatch.setattr(sweeping, "activate", activate)
    sweep()
    healthy.refresh_from_db()
    assert healthy.activated_revision == 1


def test_the_metrics_have_files_by_status(organisation: Organisation) -> None:
    cleaning_file(organisation)
    assert b"CLEANING" in metrics.scrape()
