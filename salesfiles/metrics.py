"""Gauges of sales files for Prometheus, counted in the database at each scrape."""

from __future__ import annotations

from oas import metrics
from salesfiles.models import SalesFile
from salesfiles.status import WORKING, Status

IN_FLIGHT = sorted(WORKING)


def register() -> None:
    """Register the gauges of this app with `/metrics`."""
    metrics.register("oas_sales_files", "Sales files by status.", ["status"], files_by_status)
    metrics.register(
        "oas_sales_file_oldest_seconds", "Since when the oldest is in flight.", ["status"], oldest_file_by_status
    )


def files_by_status() -> metrics.Samples:
    """Count sales files by status, 0 included; deleted ones are left out."""
    return metrics.filled(Status.values, metrics.counts(SalesFile.objects.unscoped().filter(deleted_at=None), "status"))


def oldest_file_by_status() -> metrics.Samples:
    """Return, for each status in flight, the seconds since its oldest file changed; 0 without files."""
    files = SalesFile.objects.unscoped().filter(deleted_at=None, status__in=IN_FLIGHT)
    return metrics.filled(IN_FLIGHT, metrics.ages(files, "status", "updated_at"))
