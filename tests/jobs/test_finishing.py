"""The end of a job: the handler of its app is called once, whether the webhook or the sweep reports it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import AnyResult, Module, ReportMessage, ReportResult
from jobs.models import Job
from jobs.services import finishing
from jobs.services.outbox import open_job
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.storage import storage
from salesfiles.services.sweeping import sweep
from tests.jobs.queues import take_all
from tests.salesfiles.glider_stand_in import job_finished, notify


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[AnyResult]:
    """The results that the handler of reports was called with."""
    found: list[AnyResult] = []

    def handle(id: UUID, result: AnyResult) -> bool:
        job = finishing.lock_open(id)
        if job is not None:
            finishing.close(job, result)
            found.append(result)
        return job is not None

    monkeypatch.setitem(finishing._HANDLERS, Module.REPORT, handle)
    return found


@pytest.fixture
def job(organisation: Organisation) -> Job:
    id = uuid4()
    place = {"organisation": organisation.pk, "result_key": object_keys.result(organisation.pk, id)}
    return open_job(ReportMessage(job=id, callback_url=config().webhook_address, report="1", **place))


def leave(job: Job) -> None:
    storage().put_json(object_keys.result(job.owner_id, job.pk), ReportResult(job=job.pk, lines=3).model_dump_json())


def make_old(job: Job, attempts: int = 1) -> None:
    old = timezone.now() - timedelta(seconds=config().sweep_after + 1)
    Job.everything.filter(pk=job.pk).update(published_at=old, attempts=attempts)


def test_the_notification_of_a_report_calls_its_handler_once(job: Job, ended: list[AnyResult]) -> None:
    leave(job)
    assert [notify(job_finished(job)).json()["effect"] for _ in range(2)] == ["applied", "repeated"]
    assert [result.status for result in ended] == ["succeeded"]


def test_a_handler_that_fails_leaves_the_job_open(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(id: UUID, result: AnyResult) -> bool:
        raise ArithmeticError

    monkeypatch.setitem(finishing._HANDLERS, Module.REPORT, broken)
    leave(job)
    with pytest.raises(ArithmeticError):
        finishing.apply(job, ReportResult(job=job.pk))
    job.refresh_from_db()
    assert job.is_open


def test_the_sweep_finds_a_lost_notification_of_a_report(job: Job, ended: list[AnyResult]) -> None:
    leave(job)
    make_old(job)
    sweep()
    assert [result.status for result in ended] == ["succeeded"]


def test_a_report_that_no_worker_finishes_fails(job: Job, ended: list[AnyResult]) -> None:
    take_all()
    make_old(job, attempts=config().job_attempts)
    sweep()
    assert [(result.status, result.cause) for result in ended] == [("failed", "lease_expired")]
    job.refresh_from_db()
    assert job.state == "FAILED"
