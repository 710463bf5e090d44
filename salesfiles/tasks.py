"""What the OAS worker does for sales files. Each task may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from salesfiles.services import deleting, publishing, settling, sweeping

LIMIT = 300  # seconds; what is left over is the next sweep's


@app.task(name=publishing.SWEEP, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def sweep() -> None:
    sweeping.sweep()


@app.task(name=publishing.SETTLE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def settle(file_id: int) -> None:
    settling.settle(file_id)


@app.task(name=publishing.ERASE, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def erase(file_id: int) -> None:
    deleting.erase(file_id)
