"""What Prometheus is told of sales files and jobs: looked up in the database when it asks."""

from __future__ import annotations

from oas import metrics
from salesfiles.models import SalesFile
from salesfiles.status import WORKING, Status

IN_FLIGHT = sorted(WORKING)


def register() -> None:
    metrics.register("oas_sales_files", "Sales files by status.", ["status"], files_by_status)
    metrics.register(
        "oas_sales_file_oldest_seconds", "Since when the oldest is in flight.", ["status"], oldest_file_by_status
    )


def files_by_status() -> metrics.Samples:
    return metrics.filled(Status.values, metrics.counts(SalesFile.objects.unscoped().filter(deleted_at=None), "status"))


def oldest_file_by_status() -> metrics.Samples:
    files = SalesFile.objects.unscoped().filter(deleted_at=None, status__in=IN_FLIGHT)
    return metrics.filled(IN_FLIGHT, metrics.ages(files, "status", "updated_at"))
