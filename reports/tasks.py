"""What the OAS worker does for reports. Each task may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from reports.choices import Task
from reports.services import report_mail, start_report, sweeping

LIMIT = 1800  # seconds: a start may have to publish a large catalogue


@app.task(name=Task.START, time_limit=LIMIT, soft_time_limit=LIMIT - 30)
def start(report_id: int) -> None:
    start_report.start(report_id)


@app.task(name=Task.MAIL, time_limit=300, soft_time_limit=290)
def mail(report_id: int) -> None:
    report_mail.mail(report_id)


@app.task(name=Task.SWEEP, time_limit=300, soft_time_limit=290)
def sweep() -> None:
    sweeping.sweep()
