"""The sweep: start reports that were not started, send mails that were not sent, request reports that are due.

It may run at the same time as itself.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from oas.tasks import send_on_commit
from reports.choices import OPEN, Status, Task
from reports.models import Report
from reports.services.report_mail import requests_to_mail
from reports.services.schedules import run_schedules

MOST_ROWS = 200
LATE = timedelta(seconds=30)  # after which the task sent at commit is taken to be lost
TRY_AGAIN = timedelta(minutes=2)  # after an attempt to start a report


def sweep() -> None:
    """Do one round: send a task for each report, at most `MOST_ROWS` of a kind, and run the schedules."""
    now = timezone.now()
    late = Q(tried_at=None, created_at__lt=now - LATE) | Q(tried_at__lt=now - TRY_AGAIN)
    queued = Report.objects.unscoped().filter(late, status=Status.QUEUED).order_by("tried_at", "created_at")
    for id in queued.values_list("pk", flat=True)[:MOST_ROWS]:
        send_on_commit(Task.START, id)
    unsent = requests_to_mail(now).exclude(report__status__in=OPEN).filter(requested_at__lt=now - LATE)
    for id in sorted(set(unsent.values_list("report", flat=True)[:MOST_ROWS])):
        send_on_commit(Task.MAIL, id)
    run_schedules(now.date())
