"""Reading what a job left in S3. It comes from another program: nothing in it is believed before it is looked at."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import structlog
from pydantic import ValidationError

from glider.contract import RESULT, AnyResult, Cause, CleaningResult, ImporterResult, Module, ReportResult
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, ObjectTooLarge, storage
from salesfiles.errors import ResultMissing
from salesfiles.models import Job

log = structlog.get_logger(__name__)
MOST_BYTES = 16 * 1024 * 1024
_RESULTS = {Module.CLEANING: CleaningResult, Module.IMPORTER: ImporterResult, Module.REPORT: ReportResult}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_ROWS = 2**63
_MOST_MONEY = Decimal(10) ** 20  # numeric(38,18)


def read_result(job: Job) -> AnyResult:
    """Raises `ResultMissing`. A result that makes no sense is one of a job that failed, for a reason of ours."""
    key = object_keys.result(job.organisation_id, job.pk)
    try:
        result = RESULT.validate_json(storage().get_bytes(key, most=MOST_BYTES))
    except ObjectAbsent:
        raise ResultMissing("The job has left no result yet.") from None
    except ObjectTooLarge:
        return _malformed(job, "too long")
    except ValidationError as error:
        return _malformed(job, f"{error.error_count()} bad values")
    problem = _problem(job, result)
    return _malformed(job, problem) if problem else result


def _problem(job: Job, result: AnyResult) -> str:
    if result.job != job.pk or result.module != job.module:
        return "of another job"
    if result.status == "failed":
        return ""
    if isinstance(result, CleaningResult):
        return _cleaning_problem(job, result)
    return _importer_problem(job, result) if isinstance(result, ImporterResult) else ""


def _cleaning_problem(job: Job, result: CleaningResult) -> str:
    if not _SHA256.fullmatch(result.sha256):
        return "no checksum"
    if result.cleaned_key != job.message["cleaned_key"]:
        return "other keys than asked for"
    if result.rejects_key not in (None, job.message["rejects_key"]):
        return "other keys than asked for"
    if not all(_CURRENCY.fullmatch(code) for code in result.net_by_currency):
        return "no currency"
    counts = (result.rows_read, result.accepted, result.rejected, result.skipped)
    return "" if all(0 <= count < _MOST_ROWS for count in counts) else "impossible counts"


def _importer_problem(job: Job, result: ImporterResult) -> str:
    if not 0 <= result.total_rows < _MOST_ROWS or not 0 <= result.total_artists < _MOST_ROWS:
        return "impossible counts"
    if not abs(result.total_local) < _MOST_MONEY:
        return "an impossible total"
    return "" if result.totals_key in ("", _totals_key(job)) else "other keys than asked for"


def _totals_key(job: Job) -> str:
    return object_keys.totals(job.organisation_id, job.message["file"]["uuid"], job.revision or 0, job.pk)


def _malformed(job: Job, problem: str) -> AnyResult:
    log.error("malformed_result", job=str(job.pk), problem=problem)
    text = "The answer of the processing module could not be read. Try a reimport, or tell your administrator."
    return failure(job, text, detail=f"malformed result: {problem}")


def failure(job: Job, text: str, *, detail: str = "") -> AnyResult:
    """The result of a job that left none to go by."""
    kind: Any = _RESULTS[Module(job.module)]
    result: AnyResult = kind(job=job.pk, status="failed", cause=Cause.ERROR, message=text, detail=detail)
    return result
