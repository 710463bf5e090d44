"""Who requested a report gets a mail with a link that works."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from glider.contract import Cause, ReportResult
from jobs.services import finishing
from oas.celery import QUEUE
from reports.choices import Kind
from reports.models import Report, ReportRequest
from reports.services import report_mail
from reports.services.report_mail import send_mails, two_places
from reports.services.start_report import start
from tests.glider.reporting.driving import Lake
from tests.jobs.queues import messages, take_all
from tests.reports.driving import ask, ready


def mails_sent() -> list[Any]:
    return [message["argument"] for message in messages(QUEUE) if message["task"] == "reports.mail"]


def link_in(message: EmailMessage) -> str:
    return next(line for line in str(message.body).splitlines() if line.startswith("http"))


def test_everyone_who_requested_it_gets_the_link(
    organisation: Organisation, lake: Lake, alice: User, bob: User, mailoutbox: list[EmailMessage]
) -> None:
    ask(organisation, actor="bob", people=[bob])
    report = ready(organisation, actor="alice", people=[alice])
    assert send_mails(report.pk) == 2
    assert sorted(address for message in mailoutbox for address in message.to) == [alice.email, bob.email]
    assert mailoutbox[0].subject == "Sales of 2025-01 are ready"
    assert httpx.get(link_in(mailoutbox[0])).status_code == 200


def test_the_mail_names_what_is_in_the_report_and_what_is_not(
    organisation: Organisation, lake: Lake, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    for kind in Kind:
        send_mails(ready(organisation, kind, people=[alice]).pk)
    monthly, unmatched = (str(message.body) for message in mailoutbox)
    for body in (monthly, unmatched):
        assert "Label A" in body
        assert "2.50 USD" in body
        assert "1.25 USD" in body
        assert "3.75 USD, from 1 sales files" in body
        assert "&" not in body.replace(link_in(mailoutbox[0]), "").replace(link_in(mailoutbox[1]), "")
    assert "ask for the unmatched report" in monthly
    assert "1 different recordings and releases, 1 of them with a suggestion" in unmatched


def test_the_end_of_a_report_sends_the_mails_after_commit(
    organisation: Organisation,
    lake: Lake,
    alice: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        report = ready(organisation, people=[alice])
    assert mails_sent() == [report.pk]


def test_a_mail_is_sent_once(
    organisation: Organisation, lake: Lake, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    report = ready(organisation, people=[alice])
    assert [send_mails(report.pk), send_mails(report.pk)] == [1, 0]
    assert len(mailoutbox) == 1


def test_of_two_processes_that_send_at_once_one_sends(
    organisation: Organisation, lake: Lake, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    report = ready(organisation, people=[alice])
    first, second = ReportRequest.objects.of(organisation).get(), ReportRequest.objects.of(organisation).get()
    assert [report_mail._claim(first), report_mail._claim(second)] == [True, False]
    assert send_mails(report.pk) == 0  # another process has claimed it
    assert mailoutbox == []


def test_a_program_gets_no_mail(organisation: Organisation, lake: Lake, mailoutbox: list[EmailMessage]) -> None:
    assert send_mails(ready(organisation, actor="key:abcd1234").pk) == 0
    assert mailoutbox == []


def test_no_mail_is_sent_before_the_report_has_ended(organisation: Organisation, alice: User) -> None:
    assert send_mails(ask(organisation, people=[alice]).pk) == 0


def test_a_request_added_when_it_has_just_ended_gets_its_mail(
    organisation: Organisation,
    lake: Lake,
    alice: User,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """Bob found it open; by the time he is written down it is READY and Alice has her mail."""
    from reports.services import requesting

    report = ready(organisation, people=[alice])
    send_mails(report.pk)
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        requesting._add_requests(report, "bob", [bob])
    assert mails_sent() == [report.pk]
    assert send_mails(report.pk) == 1
    assert mailoutbox[-1].to == [bob.email]


def test_a_report_that_failed_is_mailed_too(
    organisation: Organisation, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    report = ask(organisation, people=[alice])
    start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    failed = ReportResult(
        job=report.job.pk, status="failed", cause=Cause.SALES_CHANGING, message="Try <later> & again."
    )
    finishing.apply(report.job, failed)
    send_mails(report.pk)
    assert mailoutbox[0].subject == "Sales of 2025-01: not made"
    assert "Try <later> & again." in str(mailoutbox[0].body)


def test_a_late_mail_has_a_link_that_is_good_for_a_day(
    organisation: Organisation, lake: Lake, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    report = ready(organisation, people=[alice])
    Report.objects.of(organisation).update(url_expires_at=timezone.now() + timedelta(hours=1))
    send_mails(report.pk)
    report.refresh_from_db()
    assert report.url_expires_at is not None
    assert report.url_expires_at > timezone.now() + timedelta(hours=23)
    assert report.url == link_in(mailoutbox[0])


@pytest.mark.parametrize(
    ("amount", "text"), [("1234.565", "1,234.56"), ("-0.005", "-0.00"), ("1e12", "1,000,000,000,000.00"), ("0", "0.00")]
)
def test_amounts_for_people_have_two_places(amount: str, text: str) -> None:
    assert two_places(Decimal(amount)) == text
