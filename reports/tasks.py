"""Celery tasks of reports, on the OAS worker. Each may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from reports.choices import Task
from reports.services import report_mail, start_report, sweeping

LIMIT = 1800  # seconds, as a start may have to publish a large catalogue


@app.task(name=Task.START, time_limit=LIMIT, soft_time_limit=LIMIT - 30)
def start(report_id: int) -> None:
    """Open the job of a QUEUED report."""
    start_report.start(report_id)


@app.task(name=Task.MAIL, time_limit=300, soft_time_limit=290)
def mail(report_id: int) -> None:
    """Mail the people who requested a report that has ended."""
    report_mail.send_mails(report_id)


@app.task(name=Task.SWEEP, time_limit=300, soft_time_limit=290)
def sweep() -> None:
    """Continue what was lost, and request the reports that are due."""
    sweeping.sweep()
