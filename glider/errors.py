"""How a job fails. `JobFailed` is for the user, who can act on it; `DiskFull` is for whoever runs the worker; anything
else that escapes is a bug."""

from __future__ import annotations

import errno

from glider.contract import Cause


class JobFailed(Exception):
    """The job cannot go on; `message` says why in words for whoever sent the file."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFull(Exception):
    """The worker's temporary folder has no room left: nothing is wrong with the file, another try may do."""


def is_disk_full(error: BaseException) -> bool:
    """Whether the system said so, in an error of its own or in the words of one of the engine's."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(f"(os error {number})" in str(error) for number in _FULL)
