"""Why a notification about a job is not accepted."""

from __future__ import annotations

from oas.api.refusals import NotThere, Refused


class StaleJob(Refused):
    """The job is not, or no longer, what its subject waits for."""

    code = "stale_job"


class UnknownJob(NotThere):
    """There is no such job, or its subject is gone."""

    code = "unknown_job"


class ResultMissing(Refused):
    """The job was reported as finished, but has left no result object."""

    code = "result_missing"
