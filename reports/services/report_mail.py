"""Mails to the people who requested a report. The sweep tries a mail that could not be sent again, a few times."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from smtplib import SMTPException
from typing import Any

import structlog
from django.core.mail import send_mail
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from oas.kernel.amounts import exact
from oas.kernel.config import config
from reports.choices import Kind, Status
from reports.models import Report, ReportRequest
from reports.services.links import new_link

log = structlog.get_logger(__name__)
MOST_ATTEMPTS = 5
# After this the process that claimed a mail is taken to have died, and the mail is free again.
TAKEN_FOR = timedelta(minutes=10)
AT_LEAST = timedelta(hours=23)  # for which the link in a mail still works


def send_mails(report_id: int) -> int:
    """Mail everyone who waits for the report `report_id`, if it has ended. Returns how many mails were sent.

    Idempotent, also at the same time as itself: each mail is claimed by one process.
    """
    report = Report.everything.select_related("organisation").get(pk=report_id)
    waiting = requests_to_mail().filter(report=report)
    return 0 if report.is_open else sum(_mail(report, request) for request in waiting)


def requests_to_mail(now: datetime | None = None) -> QuerySet[ReportRequest]:
    """Return the requests whose mail is not sent, not claimed at `now`, and was not tried too often."""
    free = Q(taken_at=None) | Q(taken_at__lt=(now or timezone.now()) - TAKEN_FOR)
    wanted = ReportRequest.objects.unscoped().filter(free, wants_mail=True, mailed_at=None, attempts__lt=MOST_ATTEMPTS)
    return wanted.select_related("user")


def _mail(report: Report, request: ReportRequest) -> bool:
    if request.user is None or not _claim(request):
        return False
    subject, text = compose(report)
    try:
        send_mail(subject, text, None, [request.user.email])
    except (SMTPException, OSError) as error:
        log.warning("mail_failed", report=str(report.uuid), error=str(error))
        # Free again at once; `_claim` has counted the attempt.
        ReportRequest.everything.filter(pk=request.pk).update(taken_at=None)
        return False
    ReportRequest.everything.filter(pk=request.pk).update(mailed_at=timezone.now())
    return True


def _claim(request: ReportRequest) -> bool:
    """Claim the mail of `request` and count the attempt. Returns False if another process was first."""
    same = ReportRequest.everything.filter(pk=request.pk, mailed_at=None, taken_at=request.taken_at)
    return same.update(taken_at=timezone.now(), attempts=F("attempts") + 1) == 1


def compose(report: Report) -> tuple[str, str]:
    """Return subject and text of the mail about `report`, with a new link where the last one ends too soon."""
    name = f"{'Sales' if report.kind == Kind.MONTHLY else 'Unmatched sales'} of {report.span}"
    if report.status != Status.READY:
        return f"{name}: not made", render_to_string("reports/failed.txt", {"report": report, "name": name})
    if report.url_expires_at is None or report.url_expires_at < timezone.now() + AT_LEAST:
        new_link(report=report)
    facts = {"report": report, "name": name, "again": _link_address(report), **_amounts(report)}
    return f"{name} are ready", render_to_string("reports/ready.txt", facts)


def _link_address(report: Report) -> str:
    return f"{config().url}/api/reports/{report.pk}/link/"


def _amounts(report: Report) -> dict[str, Any]:
    return {name: two_places(Decimal(sums["revenue"])) for name, sums in report.totals.items()}


def two_places(amount: Decimal) -> str:
    """Return `amount` for people, rounded half-even to two places: 1,234.50."""
    with exact():
        return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):,}"
