"""Names of the Celery tasks of files by link."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """A task of this app, by its name in the queue."""

    LIST = "links.list"
    FETCH = "links.fetch"
    SWEEP = "links.sweep"
    LOOK = "links.look"
