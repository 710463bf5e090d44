"""The ways in which a job fails.

`JobFailed` is for the user, who can act on it; `DiskFull` is for the operator of the worker. Any other exception that
escapes a job is a bug.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from glider.contract import Cause
from oas.kernel.intake.encodings.decision import Reading


class JobFailed(Exception):
    """The job cannot go on. `message` is the reason in words for the sender of the file.

    `readings`: how each encoding that the file may be in reads it, if that is the reason. `layout` and
    `layout_version` are those of the file, if it was recognised before it failed; else empty.
    """

    def __init__(self, cause: Cause, message: str, *, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.readings = readings
        self.layout = self.layout_version = ""

    def within(self, name: str) -> JobFailed:
        """Return the same reason, told of the member or sheet `name`."""
        told = JobFailed(self.cause, f"{name}: {self.message}" if name else self.message, readings=self.readings)
        told.layout, told.layout_version = self.layout, self.layout_version
        return told


@contextmanager
def of_layout(name: str, version: str) -> Iterator[None]:
    """Have a `JobFailed` of the block name the layout `name`, unless it names another already."""
    try:
        yield
    except JobFailed as failed:
        if not failed.layout:
            failed.layout, failed.layout_version = name, version
        raise


class DiskFull(Exception):
    """The worker's temporary folder has no room left. Nothing is wrong with the file: another run may succeed."""
