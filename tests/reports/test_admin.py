"""Reports in the admin site, and the workbench for what is unmatched."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from catalogue.models import Alias, Track
from catalogue.services.works import create_release
from reports.choices import Kind
from reports.models import Report, ReportSchedule
from tests.glider.reporting.driving import Lake, line
from tests.reports.driving import OTHER_ISRC, ask, ready

LIST = "/admin/reports/report/"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client


@pytest.fixture
def report(organisation: Organisation, lake: Lake) -> Report:
    return ready(organisation, Kind.UNMATCHED)


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("stefan", password="stefan-password-31415", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def workbench(organisation: Organisation, query: str = "") -> str:
    return reverse("admin:reports_workbench", args=[organisation.pk]) + query


def said(answer: Any) -> list[str]:
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def has_no_inline_code(text: str) -> bool:
    """What the content security policy would not run (Django's own pages aside)."""
    own = text.split('id="content-main"', 1)[1]
    return not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", own.split("</main>")[0])


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


def test_a_report_can_be_asked_for(admin: Client, organisation: Organisation) -> None:
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
    assert said(answer) == [f"UNMATCHED 2025-01 is being made again: number {again.pk}."]
    assert (old.status, again.status, again.kind, again.period_from) == ("READY", "QUEUED", "UNMATCHED", "2025-01")


def test_seeing_is_not_enough_to_make_one_again(report: Report) -> None:
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


# --- the workbench ---


def test_it_lists_what_is_unmatched_with_reason_and_suggestion(admin: Client, report: Report) -> None:
    assert reverse("admin:reports_workbench", args=[report.organisation_id]) in text_of(
        admin, reverse("admin:reports_organisations")
    )
    text = text_of(admin, workbench(report.organisation))
    for word in (OTHER_ISRC, "Nightbus", "1.25", "No track of the catalogue has this ISRC.", "98 of 100", "Choose"):
        assert word in text
    assert has_no_inline_code(text)


def test_what_is_ticked_is_remembered(admin: Client, report: Report) -> None:
    answer = admin.post(workbench(report.organisation), {"report": report.pk, "group": ["0"]})
    assert said(answer) == ["1 remembered: the next report matches it."]
    alias = Alias.objects.of(report.organisation).get()
    assert (alias.key, alias.created_by, alias.track) == (
        OTHER_ISRC,
        "root",
        Track.objects.of(report.organisation).get(),
    )
    text = text_of(admin, workbench(report.organisation))
    assert "&check; Night Bus" in text
    assert 'name="group"' not in text


def test_another_track_or_release_can_be_searched_for_and_chosen(admin: Client, report: Report) -> None:
    release = create_release(organisation=report.organisation, title="Nightbus EP", artists=[{"name": "Bo Kaspers"}])
    text = text_of(admin, workbench(report.organisation, "?find=0&q=bo+kasp"))
    assert f'value="release:{release.pk}"' in text
    assert "track:" not in text
    assert has_no_inline_code(text)
    answer = admin.post(
        workbench(report.organisation), {"report": report.pk, "find": "0", "target": f"release:{release.pk}"}
    )
    assert said(answer) == ["1 remembered: the next report matches it."]
    assert Alias.objects.of(report.organisation).get().release == release


def test_another_organisation_s_track_cannot_be_chosen(
    admin: Client, report: Report, other_organisation: Organisation
) -> None:
    foreign = create_release(organisation=other_organisation, title="Theirs", artists=[{"name": "Charlie"}])
    answer = admin.post(
        workbench(report.organisation), {"report": report.pk, "find": "0", "target": f"release:{foreign.pk}"}
    )
    assert said(answer) == [f"Nightbus: There is no release {foreign.pk}."]
    assert "Theirs" not in text_of(admin, workbench(report.organisation, "?find=0&q=theirs"))


def test_another_organisation_s_report_is_not_shown(
    admin: Client, report: Report, other_organisation: Organisation
) -> None:
    assert admin.get(workbench(other_organisation, f"?report={report.pk}")).status_code == 404
    assert "There is no unmatched report yet" in text_of(admin, workbench(other_organisation))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["Nothing was chosen."]),
        ({"group": ["99", "x", "-1"]}, ["Nothing was chosen."]),
        ({"find": "0", "target": "track:"}, ["Nightbus: There is no track -1."]),
        ({"find": "7", "target": "track:1"}, ["Nothing was chosen."]),
    ],
)
def test_what_makes_no_sense_changes_nothing(admin: Client, report: Report, given: Any, words: list[str]) -> None:
    assert said(admin.post(workbench(report.organisation), {"report": report.pk, **given})) == words
    assert not Alias.objects.of(report.organisation).exists()


@pytest.mark.parametrize("query", ["?report=x", "?report=٣", "?p=0", "?p=99", "?p=x", "?find=99&q=a", "?find=-1"])
def test_an_address_that_makes_no_sense_shows_the_page(admin: Client, report: Report, query: str) -> None:
    assert OTHER_ISRC in text_of(admin, workbench(report.organisation, query))


def test_seeing_is_not_enough_to_make_aliases(report: Report) -> None:
    client = staff("view_report")
    text = text_of(client, workbench(report.organisation))
    assert OTHER_ISRC in text
    assert 'name="group"' not in text
    assert client.post(workbench(report.organisation), {"report": report.pk, "group": ["0"]}).status_code == 403
    assert not Alias.objects.of(report.organisation).exists()


def test_who_may_not_see_reports_sees_no_workbench(report: Report) -> None:
    client = staff()
    assert client.get(workbench(report.organisation)).status_code == 403
    assert client.get(reverse("admin:reports_organisations")).status_code == 403


def test_names_are_shown_as_text(admin: Client, organisation: Organisation, lake: Lake) -> None:
    lake.put("2025-02", [line(artist="<script>alert(1)</script>", track="<b>x</b>")])
    ready(organisation, Kind.UNMATCHED, "2025-02")
    text = text_of(admin, workbench(organisation))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert has_no_inline_code(text)


def test_a_report_that_is_not_ready_is_not_worked_on(admin: Client, organisation: Organisation) -> None:
    waiting = ask(organisation, Kind.UNMATCHED)
    assert admin.get(workbench(organisation, f"?report={waiting.pk}")).status_code == 404
