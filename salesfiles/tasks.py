"""What the OAS worker does for sales files. Each task may run twice, or at the same time as itself."""

from __future__ import annotations

from django.db import OperationalError

from oas.celery import app
from oas.kernel.storage import StorageError
from salesfiles.choices import Task
from salesfiles.services import activation, finalising, purging, sweeping

LIMIT = 300  # seconds; what is left over is the next sweep's


@app.task(name=Task.SWEEP, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def sweep() -> None:
    sweeping.sweep()


@app.task(
    name=Task.FINALISE,
    time_limit=LIMIT,
    soft_time_limit=LIMIT - 10,
    autoretry_for=(OperationalError, StorageError),  # after that it is the sweep's
    retry_backoff=1,
    max_retries=3,
)
def finalise(file_id: int) -> None:
    finalising.finalise(file_id)


@app.task(name=Task.ACTIVATE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def activate(files: list[int] | int) -> None:
    """A number alone is how an earlier version asked."""
    activation.activate_all([files] if isinstance(files, int) else files)


@app.task(name=Task.ERASE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def erase(file_id: int) -> None:
    purging.erase(file_id)
