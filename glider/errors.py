"""The ways in which a job fails.

`JobFailed` is for the user, who can act on it; `DiskFull` is for the operator of the worker. Any other exception that
escapes a job is a bug.
"""

from __future__ import annotations

import errno

from glider.contract import Cause


class JobFailed(Exception):
    """The job cannot go on. `message` is the reason in words for the sender of the file."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFull(Exception):
    """The worker's temporary folder has no room left. Nothing is wrong with the file: another run may succeed."""


def is_disk_full(error: BaseException) -> bool:
    """Whether the operating system reported a full disk, directly or through the engine."""
    # Polars raises exceptions of its own: the number of the system's error is only in their text.
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(f"(os error {number})" in str(error) for number in _FULL)
