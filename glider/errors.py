"""The ways in which a job fails.

`JobFailed` is for the user, who can act on it; `DiskFull` is for the operator of the worker. Any other exception that
escapes a job is a bug.
"""

from __future__ import annotations

from glider.contract import Cause
from oas.kernel.encodings.decision import Reading


class JobFailed(Exception):
    """The job cannot go on. `message` is the reason in words for the sender of the file.

    `readings`: how each encoding that the file may be in reads it, if that is the reason.
    """

    def __init__(self, cause: Cause, message: str, *, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.readings = readings

    def within(self, name: str) -> JobFailed:
        """Return the same reason, told of the member or sheet `name`."""
        return JobFailed(self.cause, f"{name}: {self.message}" if name else self.message, readings=self.readings)


class DiskFull(Exception):
    """The worker's temporary folder has no room left. Nothing is wrong with the file: another run may succeed."""
