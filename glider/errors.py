"""The ways in which a job fails.

`JobFailed` is for the user, who can act on it; `DiskFull` is for the operator of the worker. Any other exception that
escapes a job is a bug.
"""

from __future__ import annotations

from glider.contract import Cause


class JobFailed(Exception):
    """The job cannot go on. `message` is the reason in words for the sender of the file."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


class DiskFull(Exception):
    """The worker's temporary folder has no room left. Nothing is wrong with the file: another run may succeed."""
