"""What the OAS worker does for reports. Each task may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from reports.services import mailing, sending, starting, sweeping

LIMIT = 1800  # seconds: a start may have to publish a large catalogue


@app.task(name=sending.START, time_limit=LIMIT, soft_time_limit=LIMIT - 30)
def start(report_id: int) -> None:
    starting.start(report_id)


@app.task(name=sending.MAIL, time_limit=300, soft_time_limit=290)
def mail(report_id: int) -> None:
    mailing.mail(report_id)


@app.task(name=sending.SWEEP, time_limit=300, soft_time_limit=290)
def sweep() -> None:
    sweeping.sweep()
