"""What Prometheus is told of sales files and jobs: looked up in the database when it asks."""

from __future__ import annotations

from oas import metrics
from salesfiles.models import OPEN_STATES, Job, JobState, SalesFile
from salesfiles.status import WORKING, Status

IN_FLIGHT = sorted(WORKING)


def register() -> None:
    metrics.register("oas_sales_files", "Sales files by status.", ["status"], files_by_status)
    metrics.register("oas_jobs", "Jobs for Glider by state.", ["state"], jobs_by_state)
    metrics.register(
        "oas_sales_file_oldest_seconds", "Since when the oldest is in flight.", ["status"], oldest_file_by_status
    )
    metrics.register("oas_job_oldest_seconds", "Since when the oldest job is open.", ["state"], oldest_job_by_state)


def files_by_status() -> metrics.Samples:
    return metrics.filled(Status.values, metrics.counts(SalesFile.objects.unscoped().filter(deleted_at=None), "status"))


def jobs_by_state() -> metrics.Samples:
    return metrics.filled(JobState.values, metrics.counts(Job.objects.unscoped(), "state"))


def oldest_file_by_status() -> metrics.Samples:
    files = SalesFile.objects.unscoped().filter(deleted_at=None, status__in=IN_FLIGHT)
    return metrics.filled(IN_FLIGHT, metrics.ages(files, "status", "updated_at"))


def oldest_job_by_state() -> metrics.Samples:
    return metrics.filled(
        OPEN_STATES, metrics.ages(Job.objects.unscoped().filter(state__in=OPEN_STATES), "state", "created_at")
    )
