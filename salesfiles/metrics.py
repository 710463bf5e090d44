"""What Prometheus is told of sales files and jobs: looked up in the database when it asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

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
    return _filled(Status.values, _counts(SalesFile.objects.unscoped().filter(deleted_at=None), "status"))


def jobs_by_state() -> metrics.Samples:
    return _filled(JobState.values, _counts(Job.objects.unscoped(), "state"))


def oldest_file_by_status() -> metrics.Samples:
    files = SalesFile.objects.unscoped().filter(deleted_at=None, status__in=IN_FLIGHT)
    return _filled(IN_FLIGHT, _ages(files, "status", "updated_at"))


def oldest_job_by_state() -> metrics.Samples:
    return _filled(OPEN_STATES, _ages(Job.objects.unscoped().filter(state__in=OPEN_STATES), "state", "created_at"))


def _counts(rows: QuerySet[Any], field: str) -> dict[str, float]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def _ages(rows: QuerySet[Any], field: str, since: str) -> dict[str, float]:
    oldest: dict[str, datetime] = dict(rows.order_by().values_list(field).annotate(Min(since)))
    return {name: (timezone.now() - time).total_seconds() for name, time in oldest.items()}


def _filled(names: Iterable[str], found: dict[str, float]) -> metrics.Samples:
    """Every name has a number, so that an alarm can tell zero from silence."""
    return [((str(name),), found.get(name, 0)) for name in names]
