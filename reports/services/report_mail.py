"""Telling those who asked. A mail that could not be sent is tried again by the sweep, a few times."""

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

from oas.kernel.config import config
from reports.choices import Kind, Status
from reports.models import Report, ReportRequest
from reports.services.links import new_link

log = structlog.get_logger(__name__)
MOST_ATTEMPTS = 5
TAKEN_FOR = timedelta(minutes=10)  # after which somebody who took a mail is believed to have died
AT_LEAST = timedelta(hours=23)  # what the link of a mail is good for


def mail(report_id: int) -> int:
    """Mail everybody who has not been; returns to how many."""
    report = Report.everything.select_related("organisation").get(pk=report_id)
    return 0 if report.is_open else sum(_mail(report, request) for request in to_mail().filter(report=report))


def to_mail(now: datetime | None = None) -> QuerySet[ReportRequest]:
    free = Q(taken_at=None) | Q(taken_at__lt=(now or timezone.now()) - TAKEN_FOR)
    wanted = ReportRequest.objects.unscoped().filter(free, wants_mail=True, mailed_at=None, attempts__lt=MOST_ATTEMPTS)
    return wanted.select_related("user")


def _mail(report: Report, request: ReportRequest) -> bool:
    if request.user is None or not _take(request):
        return False
    subject, text = written(report)
    try:
        send_mail(subject, text, None, [request.user.email])
    except (SMTPException, OSError) as error:
        log.warning("mail_failed", report=str(report.uuid), error=str(error))
        ReportRequest.everything.filter(pk=request.pk).update(taken_at=None)
        return False
    ReportRequest.everything.filter(pk=request.pk).update(mailed_at=timezone.now())
    return True


def _take(request: ReportRequest) -> bool:
    """Of two who want to send it at once, one does."""
    same = ReportRequest.everything.filter(pk=request.pk, mailed_at=None, taken_at=request.taken_at)
    return same.update(taken_at=timezone.now(), attempts=F("attempts") + 1) == 1


def written(report: Report) -> tuple[str, str]:
    """Subject and text."""
    name = f"{'Sales' if report.kind == Kind.MONTHLY else 'Unmatched sales'} of {report.span}"
    if report.status != Status.READY:
        return f"{name}: not made", render_to_string("reports/failed.txt", {"report": report, "name": name})
    if report.url_expires_at is None or report.url_expires_at < timezone.now() + AT_LEAST:
        new_link(report=report)
    facts = {"report": report, "name": name, "again": _again(report), **_amounts(report)}
    return f"{name} are ready", render_to_string("reports/ready.txt", facts)


def _again(report: Report) -> str:
    return f"{config().url}/api/reports/{report.pk}/link/"


def _amounts(report: Report) -> dict[str, Any]:
    return {name: shown(Decimal(sums["revenue"])) for name, sums in report.totals.items()}


def shown(amount: Decimal) -> str:
    """Two places, for people: 1,234.50."""
    return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):,}"
