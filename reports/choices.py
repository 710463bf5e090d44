"""Kinds, formats and statuses of a report, and the names of the Celery tasks of reports."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices


class Kind(TextChoices):
    """Which sales a report has. Both kinds together have everything sold."""

    MONTHLY = "MONTHLY", "Monthly: sales that are in the catalogue"
    UNMATCHED = "UNMATCHED", "Unmatched: sales that are not in the catalogue"


class Format(TextChoices):
    """As what a report is written."""

    CSV = "csv", "CSV (gzip)"
    PARQUET = "parquet", "Parquet"
    XLSX = "xlsx", "Excel workbook"


SUFFIXES = {Format.CSV: "csv.gz", Format.PARQUET: "parquet", Format.XLSX: "xlsx"}


class Status(TextChoices):
    """Where a report stands. The values are public."""

    QUEUED = "QUEUED", "Queued"
    RUNNING = "RUNNING", "Running"
    READY = "READY", "Ready"
    FAILED = "FAILED", "Failed"


OPEN = (Status.QUEUED, Status.RUNNING)


class Task(StrEnum):
    """The tasks of this app, by their name in the queue."""

    START = "reports.start"
    MAIL = "reports.mail"
    SWEEP = "reports.sweep"
