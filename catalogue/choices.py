"""Names of the catalogue's Celery tasks."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """A task of this app, by its name in the queue."""

    PUBLISH = "catalogue.publish"
    IMPORT = "catalogue.import"
    SWEEP = "catalogue.sweep"
