"""Names of the Celery tasks of sales files."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The tasks of this app, by their name in the queue."""

    # The names in the queue are older than the words of the code. They stay, as messages outlive a deploy.
    FINALISE = "salesfiles.finalise"
    ACTIVATE = "salesfiles.settle"
    PURGE = "salesfiles.erase"
    SWEEP = "salesfiles.sweep"
