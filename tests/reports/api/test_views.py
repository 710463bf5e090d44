"""The routes of reports: who may, what is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import progress_key
from jobs.services import leases
from reports.api.urls import urlpatterns
from reports.choices import Kind
from reports.models import Report, ReportSchedule
from reports.services.start_report import start
from tests.reports.driving import OTHER_ISRC, ask

LIST = "/api/reports/"
SCHEDULE = "/api/reports/schedule/"
# route name, method, path below the report, body, whether it changes something, what Alice gets
ROUTES: list[tuple[str, str, str, Any, bool, int]] = [
    ("report-detail", "get", "", None, False, 200),
    ("report-link", "post", "link/", None, True, 200),
    ("report-unmatched", "get", "unmatched/", None, False, 200),
    ("report-accept", "post", "unmatched/accept/", {"groups": [0]}, True, 200),
]
OTHERS = {"report-list", "report-schedule"}  # tested below
every_route = pytest.mark.parametrize(
    ("method", "path", "body", "changes", "answer"), [route[1:] for route in ROUTES], ids=[route[0] for route in ROUTES]
)


def call(api: APIClient, report: Report, method: str, path: str, body: Any = None) -> Any:
    return getattr(api, method)(f"{LIST}{report.pk}/{path}", body)


def errors(answer: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


# --- who may ---


def test_no_route_is_left_out() -> None:
    names = {
        route.name for route in urlpatterns if isinstance(route, URLPattern) and (route.name or "").startswith("report")
    }
    assert names == {route[0] for route in ROUTES} | OTHERS


@every_route
def test_alice_may(
    alice_api: APIClient, report: Report, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert call(alice_api, report, method, path, body).status_code == answer


@every_route
def test_bob_may(
    bob_api: APIClient, report: Report, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert call(bob_api, report, method, path, body).status_code == answer


@every_route
def test_charlie_finds_nothing(
    charlie_api: APIClient, report: Report, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    found = call(charlie_api, report, method, path, body)
    assert (found.status_code, errors(found)) == (404, [("not_found", None)])
    assert Report.objects.of(report.organisation).get().url == report.url


@every_route
def test_who_may_only_look_changes_nothing(
    viewer_api: APIClient, report: Report, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert call(viewer_api, report, method, path, body).status_code == (403 if changes else answer)


@every_route
def test_a_request_without_a_login_is_401(
    anonymous_api: APIClient, report: Report, method: str, path: str, body: Any, changes: bool, answer: int
) -> None:
    assert call(anonymous_api, report, method, path, body).status_code == 401


def test_charlie_s_list_is_empty_and_his_reports_are_his(
    charlie_api: APIClient, report: Report, other_organisation: Organisation
) -> None:
    assert charlie_api.get(LIST).json()["count"] == 0
    made = charlie_api.post(LIST, {"type": "MONTHLY", "period": "2025-01"}).json()
    assert Report.objects.of(other_organisation).get().pk == made["id"]


def test_who_may_only_look_asks_for_no_report(viewer_api: APIClient, organisation: Organisation) -> None:
    assert viewer_api.post(LIST, {"type": "MONTHLY", "period": "2025-01"}).status_code == 403
    assert not Report.objects.of(organisation).exists()


# --- requesting ---


def test_a_request_answers_with_the_queued_report(alice_api: APIClient, organisation: Organisation) -> None:
    answer = alice_api.post(LIST, {"type": "MONTHLY", "period": "2025-01"})
    body = answer.json()
    assert answer.status_code == 202
    expected = {
        "type": "MONTHLY", "from": "2025-01", "to": "2025-01", "format": "csv", "status": "QUEUED", "rows": None,
        "total": None, "url": None, "expires_at": None,
    }  # fmt: skip
    assert expected.items() <= body.items()
    assert (body["requested_by"], body["currency"]) == (["alice"], "USD")


def test_a_span_and_a_format_can_be_asked_for(alice_api: APIClient) -> None:
    asked = {"type": "UNMATCHED", "from": "2025-01", "to": "2025-03", "format": "xlsx"}
    body = alice_api.post(LIST, asked).json()
    assert asked.items() <= body.items()


def test_both_who_ask_get_the_same_report(alice_api: APIClient, bob_api: APIClient) -> None:
    first, second = (api.post(LIST, {"type": "MONTHLY", "period": "2025-01"}).json() for api in (alice_api, bob_api))
    assert (first["id"], second["requested_by"]) == (second["id"], ["alice", "bob"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "MONTHLY"}, [("required", "period")]),
        ({"type": "MONTHLY", "from": "2025-01"}, [("required", "to")]),
        ({"type": "MONTHLY", "to": "2025-01"}, [("required", "from")]),
        ({"type": "MONTHLY", "period": "2025-01", "to": "2025-01"}, [("ambiguous", "period")]),
        ({"type": "YEARLY", "period": "2025-01"}, [("invalid_choice", "type")]),
        ({"period": "2025-01"}, [("required", "type")]),
        ({"type": "MONTHLY", "period": "January"}, [("period", "period")]),
        ({"type": "MONTHLY", "period": "2025-13"}, [("period", "period")]),
        ({"type": "MONTHLY", "period": "2999-01"}, [("future_period", "period")]),
        ({"type": "MONTHLY", "from": "2025-03", "to": "2025-01"}, [("from_after_to", "from")]),
        ({"type": "MONTHLY", "period": "2025-01", "format": "pdf"}, [("invalid_choice", "format")]),
    ],
)
def test_a_request_that_cannot_be_is_refused_by_field(
    alice_api: APIClient, organisation: Organisation, given: Any, expected: Any
) -> None:
    answer = alice_api.post(LIST, given)
    assert (answer.status_code, errors(answer)) == (400, expected)
    assert not Report.objects.of(organisation).exists()


def test_what_a_client_sends_of_the_outcome_is_ignored(alice_api: APIClient) -> None:
    sent = {"type": "MONTHLY", "period": "2025-01", "status": "READY", "url": "http://evil", "total": "5", "rows": 1}
    body = alice_api.post(LIST, sent).json()
    assert (body["status"], body["url"], body["total"], body["rows"]) == ("QUEUED", None, None, None)


# --- reading ---


def test_a_report_that_is_ready_shows_both_halves(alice_api: APIClient, report: Report) -> None:
    body = call(alice_api, report, "get", "").json()
    assert (body["status"], body["rows"], body["total"], body["groups"]) == ("READY", 1, "1.25", 1)
    assert {name: sums["rows"] for name, sums in body["totals"].items()} == {
        "matched": 1,
        "unmatched": 1,
        "everything": 2,
    }
    assert all(check["tied"] for check in body["checks"])
    assert body["expires_at"] > body["finished_at"]


def test_a_running_report_shows_its_progress(alice_api: APIClient, organisation: Organisation) -> None:
    report = ask(organisation)
    start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    leases.client().set(progress_key(report.job.pk), json.dumps({"percent": 40, "rows": 7}), ex=60)
    assert call(alice_api, report, "get", "").json()["progress"] == {"percent": 40, "rows": 7}


def test_lists_are_filtered(alice_api: APIClient, organisation: Organisation, report: Report) -> None:
    queued = ask(organisation, Kind.MONTHLY, "2024-11", "2025-02")
    for query, expected in {
        "": [queued, report],
        "?type=UNMATCHED": [report],
        "?status=QUEUED": [queued],
        "?period=2025-01": [queued, report],
        "?period=2024-12": [queued],
        "?format=xlsx": [],
        "?ordering=id": [report, queued],
    }.items():
        assert [each["id"] for each in alice_api.get(LIST + query).json()["results"]] == [each.pk for each in expected]


def test_a_list_costs_the_same_however_long(
    alice_api: APIClient, organisation: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for month in range(1, 13):
        ask(organisation, Kind.MONTHLY, f"2024-{month:02}")
    with django_assert_max_num_queries(6):
        assert alice_api.get(LIST).json()["count"] == 12


# --- unmatched ---


@pytest.mark.parametrize("path", ["link/", "unmatched/accept/"])
def test_before_it_is_ready_there_is_neither_link_nor_group(
    alice_api: APIClient, organisation: Organisation, path: str
) -> None:
    answer = call(alice_api, ask(organisation, Kind.UNMATCHED), "post", path, {"groups": [0]})
    assert (answer.status_code, errors(answer)) == (409, [("report_not_ready", None)])
    assert answer.json()["errors"][0]["status"] == "QUEUED"


def test_groups_come_in_pages_with_their_suggestion(alice_api: APIClient, report: Report) -> None:
    body = call(alice_api, report, "get", "unmatched/?page_size=1").json()
    assert (body["count"], body["next"]) == (1, None)
    group = body["results"][0]
    assert (group["kind"], group["key"], group["reason"], group["revenue"]) == (
        "isrc", OTHER_ISRC, "isrc_not_in_catalogue", "1.25",
    )  # fmt: skip
    assert (group["suggestion"]["title"], group["suggestion"]["score"], group["alias"]) == ("Night Bus", 98, None)


def test_suggestions_are_accepted_in_bulk_with_one_result_each(alice_api: APIClient, report: Report) -> None:
    results = call(alice_api, report, "post", "unmatched/accept/", {"groups": [5, 0]}).json()["results"]
    assert [(each["n"], each["alias"] is not None, (each["error"] or {}).get("code")) for each in results] == [
        (5, False, "not_found"), (0, True, None),
    ]  # fmt: skip
    group = call(alice_api, report, "get", "unmatched/").json()["results"][0]
    assert group["alias"] == results[1]["alias"]


def test_groups_cost_the_same_however_many(
    alice_api: APIClient, report: Report, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        call(alice_api, report, "get", "unmatched/?page_size=200")


# --- schedule ---


def test_an_owner_sets_the_day_and_every_member_sees_it(
    alice_api: APIClient, bob_api: APIClient, viewer_api: APIClient, charlie_api: APIClient, alice: User
) -> None:
    assert viewer_api.get(SCHEDULE).json() == {"day": 1, "format": "csv", "active": False, "last_period": ""}
    for api, status in ((bob_api, 403), (viewer_api, 403), (alice_api, 200)):
        assert api.put(SCHEDULE, {"day": 5, "format": "parquet"}).status_code == status
    assert bob_api.get(SCHEDULE).json() == {"day": 5, "format": "parquet", "active": True, "last_period": ""}
    assert charlie_api.get(SCHEDULE).json()["active"] is False


@pytest.mark.parametrize("day", [0, 29, "x", None])
def test_a_day_that_is_not_in_every_month_is_refused(
    alice_api: APIClient, organisation: Organisation, day: Any
) -> None:
    assert alice_api.put(SCHEDULE, {"day": day}).status_code == 400
    assert not ReportSchedule.objects.of(organisation).exists()
