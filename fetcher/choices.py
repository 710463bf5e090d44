"""What the tasks of files by link are called."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The names of the tasks of this app, as they are in the queue."""

    LIST = "links.list"
    FETCH = "links.fetch"
    SWEEP = "links.sweep"
    LOOK = "links.look"
