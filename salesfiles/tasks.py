"""Celery tasks of sales files, on the OAS worker. Each may run twice, or at the same time as itself."""

from __future__ import annotations

from django.db import OperationalError

from oas.celery import app
from oas.kernel.storage import StorageError
from salesfiles.choices import Task
from salesfiles.services import activation, finalising, processing, purging, sweeping

LIMIT = 300  # seconds; the next sweep continues what was cut off


@app.task(name=Task.SWEEP, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def sweep() -> None:
    """Find lost work and continue it."""
    sweeping.sweep()


@app.task(name=Task.CLEAN)
def clean(file_id: int) -> None:
    """Pin the upload of an UPLOADED file, which is too large for a web thread to wait for, and start its cleaning."""
    processing.clean_later(file_id)


@app.task(
    name=Task.FINALISE,
    time_limit=LIMIT,
    soft_time_limit=LIMIT - 10,
    # A row lock of another process and an outage of S3 are often over in seconds; after three retries the sweep takes
    # over.
    autoretry_for=(OperationalError, StorageError),
    retry_backoff=1,
    max_retries=3,
)
def finalise(file_id: int) -> None:
    """Finalise a PROCESSED file whose numbers tie, and the small ones that wait with it."""
    finalising.finalise(file_id)


@app.task(name=Task.ACTIVATE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def activate(files: list[int] | int) -> None:
    """Activate the live revisions of `files`. A single id is what an earlier version sent."""
    activation.activate_all([files] if isinstance(files, int) else files)


@app.task(name=Task.PURGE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def purge(file_id: int) -> None:
    """Purge a deleted file."""
    purging.purge_file(file_id)
