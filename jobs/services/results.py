"""Read the result that a job left in S3. It comes from another program, so it is checked before it is used."""

from __future__ import annotations

from typing import Any, Final

import structlog
from pydantic import ValidationError

from glider.contract import (
    RESULT,
    AnyResult,
    Cause,
    CleaningResult,
    ImporterResult,
    Module,
    PreviewResult,
    ReportResult,
)
from jobs.errors import ResultMissing
from jobs.models import Job
from oas.kernel.storage import ObjectAbsent, ObjectTooLarge, storage

log = structlog.get_logger(__name__)
MOST_BYTES: Final = 16 * 1024 * 1024
_RESULTS: Final = {
    Module.CLEANING: CleaningResult,
    Module.IMPORTER: ImporterResult,
    Module.REPORT: ReportResult,
    Module.PREVIEW: PreviewResult,
}
UNREADABLE: Final = "The answer of the processing module could not be read. Try a reimport, or tell your administrator."


def read_result(job: Job) -> AnyResult:
    """The result of `job`; one that cannot be right is replaced by that of a job that failed through our fault.

    Raises `ResultMissing`, StorageError. What only the app of the module can judge is left to its handler.
    """
    try:
        result = RESULT.validate_json(storage().get_bytes(job.message["result_key"], most=MOST_BYTES))
    except ObjectAbsent:
        raise ResultMissing("The job has left no result yet.") from None
    except ObjectTooLarge:
        return malformed(job, "too long")
    except ValidationError as error:
        return malformed(job, f"{error.error_count()} bad values")
    if result.job != job.pk or result.module != job.module:
        return malformed(job, "of another job")
    return result


def malformed(job: Job, problem: str) -> AnyResult:
    """The result of a job that left one which cannot be right; `problem` is for administrators."""
    log.error("malformed_result", job=str(job.pk), problem=problem)
    return failure(job, UNREADABLE, detail=f"malformed result: {problem}")


def failure(job: Job, text: str, *, cause: Cause = Cause.ERROR, detail: str = "") -> AnyResult:
    """A result for `job`, which left none that can be used: failed for `cause`, with `text` for users."""
    kind: Any = _RESULTS[Module(job.module)]
    result: AnyResult = kind(job=job.pk, status="failed", cause=cause, message=text, detail=detail)
    return result
