"""How a job fails. `JobFailed` is for the user, who can act on it; anything else that escapes is a bug."""

from __future__ import annotations

from glider.jobs import Cause


class JobFailed(Exception):
    """The job cannot go on; `message` says why in words for whoever sent the file."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
