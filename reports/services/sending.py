"""Handing work to the OAS worker. A broker that is down fails nobody's request: the sweep finds what is left to do."""

from __future__ import annotations

from salesfiles.services.publishing import publish_task_on_commit

START = "reports.start"
MAIL = "reports.mail"
SWEEP = "reports.sweep"


def send_on_commit(task: str, report_id: int) -> None:
    publish_task_on_commit(task, report_id)
