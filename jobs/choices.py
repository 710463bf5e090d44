"""The states of a job."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices


class JobState(TextChoices):
    """QUEUED: in the outbox or the broker. RUNNING: a worker holds its lease. The others are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPEN_STATES: Final = (JobState.QUEUED, JobState.RUNNING)
