"""File types, ways of upload, decimal marks, why a file waits, and the names of the Celery tasks of sales files."""

from __future__ import annotations

from enum import StrEnum

from django.db import models


class FileType(models.TextChoices):
    """What the sender declares the file to be; Glider recognises the content itself."""

    CSV = "CSV"
    TXT = "TXT"
    TSV = "TSV"
    XLS = "XLS"
    XLSX = "XLSX"
    GZ = "GZ"
    ZIP = "ZIP"


class UploadMode(models.TextChoices):
    """How the content comes: sent by a client, or fetched by link."""

    MANUALLY = "MANUALLY"
    AUTOMATICALLY = "AUTOMATICALLY"


class DecimalMark(models.TextChoices):
    """What a person may answer about the amounts of a file."""

    POINT = ".", "point: 1,234.56"
    COMMA = ",", "comma: 1.234,56"


class Waiting(StrEnum):
    """Why a PROCESSED file waits for a person: its `status_cause`."""

    CONTROL_TOTALS = "control_totals"
    MANY_REJECTS = "many_rejects"
    OVERLAPS = "overlaps"
    TOTALS_TOO_LARGE = "totals_too_large"


class Task(StrEnum):
    """The tasks of this app, by their name in the queue."""

    # The names in the queue are older than the words of the code. They stay, as messages outlive a deploy.
    CLEAN = "salesfiles.clean"
    FINALISE = "salesfiles.finalise"
    ACTIVATE = "salesfiles.settle"
    PURGE = "salesfiles.erase"
    SWEEP = "salesfiles.sweep"
