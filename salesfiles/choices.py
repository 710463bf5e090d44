"""What the tasks of sales files are called."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The names of the tasks of this app, as they are in the queue."""

    FINALISE = "salesfiles.finalise"
    ACTIVATE = "salesfiles.settle"
    ERASE = "salesfiles.erase"
    SWEEP = "salesfiles.sweep"
