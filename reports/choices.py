"""What a report may be, and how it stands."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices


class Kind(TextChoices):
    MONTHLY = "MONTHLY", "Monthly: sales that are in the catalogue"
    UNMATCHED = "UNMATCHED", "Unmatched: sales that are not in the catalogue"


class Format(TextChoices):
    CSV = "csv", "CSV (gzip)"
    PARQUET = "parquet", "Parquet"
    XLSX = "xlsx", "Excel workbook"


SUFFIXES = {Format.CSV: "csv.gz", Format.PARQUET: "parquet", Format.XLSX: "xlsx"}


class Status(TextChoices):
    QUEUED = "QUEUED", "Queued"
    RUNNING = "RUNNING", "Running"
    READY = "READY", "Ready"
    FAILED = "FAILED", "Failed"


OPEN = (Status.QUEUED, Status.RUNNING)


class Task(StrEnum):
    """The names of the tasks of this app, as they are in the queue."""

    START = "reports.start"
    MAIL = "reports.mail"
    SWEEP = "reports.sweep"
