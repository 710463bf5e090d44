"""The gauges of jobs in /metrics."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import Organisation
from jobs.choices import JobState
from jobs.models import Job
from salesfiles.models import SalesFile
from salesfiles.status import Status
from tests.salesfiles.test_metrics import make_file


def make_job(file: SalesFile, state: JobState, *, minutes: int = 0) -> None:
    job = Job.everything.create(organisation=file.organisation, file=file, module="cleaning", message={}, state=state)
    Job.everything.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))


def measures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_jobs_are_counted_by_state(client: Client, organisation: Organisation) -> None:
    file = make_file(organisation, Status.CLEANING)
    make_job(file, JobState.QUEUED, minutes=3)
    make_job(file, JobState.SUCCEEDED, minutes=60)
    found = measures(client)
    assert found['oas_jobs{state="QUEUED"}'] == 1
    assert found['oas_jobs{state="SUCCEEDED"}'] == 1
    assert found['oas_jobs{state="RUNNING"}'] == 0
    assert 180 <= found['oas_job_oldest_seconds{state="QUEUED"}'] < 240
