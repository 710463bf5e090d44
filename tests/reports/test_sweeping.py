"""The sweep over reports: starts and mails that were lost."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from oas.celery import QUEUE
from reports.choices import Kind
from reports.models import Report, ReportRequest
from reports.services import report_mail
from reports.services.report_mail import send_mails
from reports.services.sweeping import sweep
from tests.glider.reporting.driving import Lake
from tests.jobs.queues import messages, take_all
from tests.reports.driving import ask, ready
from tests.reports.test_report_mail import mails_sent


def tasks(name: str) -> list[Any]:
    return [message["argument"] for message in messages(QUEUE) if message["task"] == name]


def test_a_start_that_was_lost_is_sent_again(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fresh, late = ask(organisation), ask(organisation, Kind.UNMATCHED)
    Report.everything.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert tasks("reports.start") == [late.pk]
    assert fresh.pk not in tasks("reports.start")


def test_a_mail_that_fails_is_tried_again_a_few_times(
    organisation: Organisation,
    lake: Lake,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def down(*args: Any) -> None:
        raise SMTPServerDisconnected

    report = ready(organisation, people=[alice])
    ReportRequest.objects.of(organisation).update(requested_at=timezone.now() - timedelta(minutes=1))
    with monkeypatch.context() as patch:
        patch.setattr(report_mail, "send_mail", down)
        assert send_mails(report.pk) == 0
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert mails_sent() == [report.pk]
    assert send_mails(report.pk) == 1
    ReportRequest.objects.of(organisation).update(mailed_at=None, attempts=report_mail.MOST_ATTEMPTS)
    assert send_mails(report.pk) == 0
