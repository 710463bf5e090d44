"""Gauges of jobs for Prometheus, read from the database at every scrape."""

from __future__ import annotations

from jobs.choices import OPEN_STATES, JobState
from jobs.models import Job
from oas import metrics


def register() -> None:
    """Add the gauges of this app to `/metrics`."""
    metrics.register("oas_jobs", "Jobs for Glider by state.", ["state"], jobs_by_state)
    metrics.register("oas_job_oldest_seconds", "Since when the oldest job is open.", ["state"], oldest_job_by_state)


def jobs_by_state() -> metrics.Samples:
    """The number of jobs in each state."""
    return metrics.filled(JobState.values, metrics.counts(Job.objects.unscoped(), "state"))


def oldest_job_by_state() -> metrics.Samples:
    """Seconds since the oldest open job of each state was created."""
    jobs = Job.objects.unscoped().filter(state__in=OPEN_STATES)
    return metrics.filled(OPEN_STATES, metrics.ages(jobs, "state", "created_at"))
