"""Tasks of the OAS worker: the sweep of stored responses."""

from __future__ import annotations

from idempotency import services
from oas.celery import app


@app.task(name="idempotency.sweep", time_limit=120, soft_time_limit=110)
def sweep() -> None:
    services.sweep()
