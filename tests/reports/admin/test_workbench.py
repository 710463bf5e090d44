"""The workbench for unmatched sales."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from catalogue.models import Alias, Track
from catalogue.services.works import create_release
from reports.choices import Kind
from reports.models import Report
from tests.glider.reporting.driving import Lake, line
from tests.reports.driving import OTHER_ISRC, ask, ready
from tests.reports.pages import has_no_inline_code, staff, text_of


def workbench(organisation: Organisation, query: str = "") -> str:
    return reverse("admin:reports_workbench", args=[organisation.pk]) + query


def messages_of(answer: Any) -> list[str]:
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_it_lists_what_is_unmatched_with_reason_and_suggestion(admin: Client, report: Report) -> None:
    assert reverse("admin:reports_workbench", args=[report.organisation_id]) in text_of(
        admin, reverse("admin:reports_organisations")
    )
    text = text_of(admin, workbench(report.organisation))
    for word in (OTHER_ISRC, "Nightbus", "1.25", "No track of the catalogue has this ISRC.", "98 of 100", "Choose"):
        assert word in text
    assert has_no_inline_code(text)


def test_a_suggestion_that_is_ticked_becomes_an_alias(admin: Client, report: Report) -> None:
    answer = admin.post(workbench(report.organisation), {"report": report.pk, "group": ["0"]})
    assert messages_of(answer) == ["1 remembered: the next report matches it."]
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
    assert messages_of(answer) == ["1 remembered: the next report matches it."]
    assert Alias.objects.of(report.organisation).get().release == release


def test_another_organisation_s_track_cannot_be_chosen(
    admin: Client, report: Report, other_organisation: Organisation
) -> None:
    foreign = create_release(organisation=other_organisation, title="Theirs", artists=[{"name": "Charlie"}])
    answer = admin.post(
        workbench(report.organisation), {"report": report.pk, "find": "0", "target": f"release:{foreign.pk}"}
    )
    assert messages_of(answer) == [f"Nightbus: There is no release {foreign.pk}."]
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
    assert messages_of(admin.post(workbench(report.organisation), {"report": report.pk, **given})) == words
    assert not Alias.objects.of(report.organisation).exists()


@pytest.mark.parametrize("query", ["?report=x", "?report=٣", "?p=0", "?p=99", "?p=x", "?find=99&q=a", "?find=-1"])
def test_an_address_that_makes_no_sense_shows_the_page(admin: Client, report: Report, query: str) -> None:
    assert OTHER_ISRC in text_of(admin, workbench(report.organisation, query))


def test_permission_to_view_is_not_enough_to_make_aliases(report: Report) -> None:
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
