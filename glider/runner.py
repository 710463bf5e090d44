"""Running a job: its module does the work, its result is written to S3, then OAS is notified.

Idempotent: a job may run twice, even at the same time, or run again after it died half-way. Outputs are stored under
keys that contain the job's id, so that every run writes the same things to the same places.
No job fails because a service (S3, MongoDB) is down or a disk is full: no result is written then, and OAS sends the job
again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import polars as pl
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from pydantic import ValidationError

from glider.cleaning.job import run_cleaning
from glider.cleaning.values.territories import territories
from glider.contract import (
    MESSAGE,
    VERSION,
    AnyMessage,
    Cause,
    CleaningResult,
    ImporterResult,
    JobFinished,
    Module,
    PreviewResult,
    ReportResult,
    Result,
)
from glider.errors import DiskFull, JobFailed
from glider.heartbeat import Heartbeat, heartbeat
from glider.importer.job import run_importer
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import shipped_stores
from glider.notifier import notify
from glider.preview import run_preview
from glider.reporting.job import run_report
from oas.kernel.config import glider_config
from oas.kernel.documents import DocumentsError
from oas.kernel.storage import ObjectAbsent, ObjectChanged, StorageError, storage
from oas.kernel.workspace import is_disk_full, workspace

log = structlog.get_logger(__name__)
Runner = Callable[[Any, Path, Heartbeat], Result]
Notify = Callable[[JobFinished, str], object]  # the event, and the URL to send it to

RUNNERS: Final[dict[Module, Runner]] = {
    Module.CLEANING: run_cleaning,
    Module.IMPORTER: run_importer,
    Module.REPORT: run_report,
    Module.PREVIEW: run_preview,
}
RESULTS: Final[dict[Module, type[Result]]] = {
    Module.CLEANING: CleaningResult,
    Module.IMPORTER: ImporterResult,
    Module.REPORT: ReportResult,
    Module.PREVIEW: PreviewResult,
}
OWN_FAULT: Final = "OAS could not finish the job because of an error of its own. It was recorded; try again later."


def warm_up() -> None:
    """Load layouts, stores, territories and the S3 client, and run the engine once, so that the first job need not."""
    shipped_layouts(), shipped_stores(), territories(), storage()
    pl.DataFrame({"a": ["1"]}).lazy().select(pl.col("a").cast(pl.Decimal(38, 18))).collect(engine="streaming")


def run_message(payload: dict[str, Any], notify_by: Notify | None = None) -> None:
    """Run the job of `payload`, a message as JSON, and notify OAS by `notify_by`, or by `notify` in this thread.

    A payload that is no message is logged and ignored, because another try would not help. So is a message of a newer
    version: as no result is written, OAS sends the job again, to a newer worker.
    """
    # Looked at before validation: a newer message may have a form that this version cannot validate.
    if isinstance(newer := payload.get("version"), int) and newer > VERSION:
        log.warning("newer_message", version=newer, known=VERSION)
        return
    try:
        message = MESSAGE.validate_python(payload)
    except ValidationError as error:
        log.error("bad_message", problems=error.error_count())
        return
    with structlog.contextvars.bound_contextvars(job=str(message.job), module=message.module, **message.trace):
        _complete(message, notify_by or notify)


def _complete(message: AnyMessage, notify_by: Notify) -> None:
    """Run the job, unless an earlier run left its result, and notify OAS in both cases."""
    try:
        result = _stored_result(message) or run_job(message)
    except (StorageError, DocumentsError) as error:
        log.error("part_down", error=str(error))
        return
    except DiskFull:
        log.error("disk_full")
        return
    # The notification follows the result, never the other way: OAS reads the result as soon as it is notified.
    if message.callback_url:
        notify_by(_event(message, result), message.callback_url)


def _stored_result(message: AnyMessage) -> Result | None:
    """The result that an earlier run of the job wrote."""
    try:
        return Result.model_validate(storage().get_json(message.result_key))
    except ObjectAbsent:
        return None


def run_job(message: AnyMessage) -> Result:
    """Run the job of `message` under its lease, in a folder of its own, and write the result to S3.

    Raises StorageError, DocumentsError or DiskFull; no result is written then.
    """
    with heartbeat(message.job) as beat, workspace(glider_config().work_dir) as folder:
        result = _outcome(message, folder, beat)
        storage().put_json(message.result_key, result.model_dump_json())
    log.info("job_ended", status=result.status, cause=result.cause)
    return result


def _outcome(message: AnyMessage, folder: Path, beat: Heartbeat) -> Result:
    """Run the job's module; its failures become a failed result.

    Raises StorageError, DocumentsError or DiskFull, which are not the job's fault.
    """
    try:
        return RUNNERS[message.module](message, folder, beat)
    except JobFailed as error:
        known = {"layout": error.layout, "layout_version": error.layout_version}
        return _failed(message, error.cause, error.message, **known)
    # These two are StorageErrors that another run would not mend, so they come before those that it may.
    except ObjectChanged:
        return _failed(message, Cause.OBJECT_CHANGED, "The uploaded file was replaced after it had been checked.")
    except ObjectAbsent:
        return _failed(message, Cause.OBJECT_ABSENT, "The uploaded file is no longer in the store.")
    except (StorageError, DocumentsError):
        raise
    except SoftTimeLimitExceeded:
        limit = glider_config().job_time_limit
        return _failed(message, Cause.TOO_LARGE, f"The job took longer than {limit} seconds and was stopped.")
    # A panic of the engine is no subclass of Exception.
    except (Exception, pl.exceptions.PanicException) as error:
        if is_disk_full(error):
            raise DiskFull from error
        log.exception("job_error")
        return _failed(message, Cause.ERROR, OWN_FAULT, detail=_where(error))


def _failed(message: AnyMessage, cause: Cause, text: str, **facts: str) -> Result:
    """The failed result; of `facts` it takes those that its kind has."""
    values = {"job": message.job, "status": "failed", "cause": cause, "message": text[:5000], **facts}
    return RESULTS[message.module].model_validate(values)


def _where(error: BaseException) -> str:
    """The kind and place of a bug, for admins: module and line, without paths or values."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames[-4:]]
    return f"{type(error).__name__} at {' > '.join(places)}"


def _event(message: AnyMessage, result: Result) -> JobFinished:
    return JobFinished(job=message.job, organisation=message.organisation, module=message.module, status=result.status)
