"""What the tasks of the catalogue are called."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The names of the tasks of this app, as they are in the queue."""

    PUBLISH = "catalogue.publish"
    IMPORT = "catalogue.import"
    SWEEP = "catalogue.sweep"
