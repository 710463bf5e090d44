"""Reports in the admin site: seen, requested and made again, never changed."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Organisation
from reports.models import Report, ReportSchedule
from tests.reports.pages import staff, text_of

LIST = "/admin/reports/report/"


def messages_of(answer: Any) -> list[str]:
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_list_and_a_report_show_its_totals_and_a_download(admin: Client, report: Report) -> None:
    text = text_of(admin, LIST)
    for word in ("UNMATCHED 2025-01", "Label A", "Ready", "1.25", "Unmatched sales"):
        assert word in text
    page = text_of(admin, f"{LIST}{report.pk}/change/")
    for word in ("3.75", "2.5", "matched + unmatched lines = lines sold", "Work through what is unmatched", "alice"):
        assert word in page
    link = re.search(r'href="(http[^"]+)"[^>]*>unmatched-2025-01', page)
    assert link is not None
    assert httpx.get(link[1].replace("&amp;", "&")).status_code == 200


def test_a_report_can_be_requested(admin: Client, organisation: Organisation) -> None:
    given = {"organisation": organisation.pk, "kind": "MONTHLY", "period_from": "2025-01", "period_to": "2025-02"}
    answer = admin.post(f"{LIST}add/", {**given, "format": "csv"})
    assert answer.status_code == 302
    report = Report.objects.of(organisation).get()
    assert ([each.actor for each in report.requests.all()], report.status) == (["root"], "QUEUED")


@pytest.mark.parametrize("period", ["2999-01", "x", ""])
def test_a_period_that_cannot_be_is_refused(admin: Client, organisation: Organisation, period: str) -> None:
    given = {"organisation": organisation.pk, "kind": "MONTHLY", "period_from": period, "period_to": period}
    assert admin.post(f"{LIST}add/", {**given, "format": "csv"}).status_code == 200
    assert not Report.objects.of(organisation).exists()


def test_a_report_is_made_again_and_the_old_one_stays(admin: Client, report: Report) -> None:
    answer = admin.post(LIST, {"action": "make_again", "_selected_action": [report.pk]})
    again, old = Report.objects.of(report.organisation)
    assert messages_of(answer) == [f"UNMATCHED 2025-01 is being made again: number {again.pk}."]
    assert (old.status, again.status, again.kind, again.period_from) == ("READY", "QUEUED", "UNMATCHED", "2025-01")


def test_permission_to_view_is_not_enough_to_make_one_again(report: Report) -> None:
    client = staff("view_report")
    assert "make_again" not in text_of(client, LIST)
    client.post(LIST, {"action": "make_again", "_selected_action": [report.pk]})
    assert Report.objects.of(report.organisation).count() == 1


def test_a_report_is_neither_changed_nor_deleted(admin: Client, report: Report) -> None:
    admin.post(f"{LIST}{report.pk}/change/", {"status": "FAILED", "kind": "MONTHLY"})
    assert admin.post(f"{LIST}{report.pk}/delete/", {"post": "yes"}).status_code == 403
    now = Report.objects.of(report.organisation).get()
    assert (now.status, now.kind) == ("READY", "UNMATCHED")


def test_the_day_of_an_organisation_is_set(admin: Client, organisation: Organisation) -> None:
    given = {"organisation": organisation.pk, "day": 5, "format": "csv", "active": "on"}
    assert admin.post("/admin/reports/reportschedule/add/", given).status_code == 302
    assert ReportSchedule.objects.of(organisation).get().day == 5
