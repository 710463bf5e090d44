"""Requesting a report: twice the same is one report, and a change of sales or catalogue is another."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from catalogue.services.works import create_track
from oas.celery import QUEUE
from reports.choices import Kind
from reports.errors import BadPeriod
from reports.models import Report, ReportRequest
from reports.services.requesting import basis_of
from salesfiles.models import SalesFile
from tests.glider.reporting.driving import Lake
from tests.jobs.queues import messages, take_all
from tests.reports.driving import OTHER_ISRC, ask, finish, ready, run
from tests.salesfiles.glider_stand_in import new_file


def tasks(name: str) -> list[Any]:
    return [message["argument"] for message in messages(QUEUE) if message["task"] == name]


def test_a_request_sends_the_start_after_commit(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        report = ask(organisation)
    assert tasks("reports.start") == [report.pk]


@pytest.mark.parametrize(
    ("first", "last", "attr", "code"),
    [
        ("2025-13", "2025-12", "from", "period"),
        ("2025-1", "2025-12", "from", "period"),
        ("2025-01", "٢٠٢٥-01", "to", "period"),
        ("0000-01", "2025-01", "from", "period"),
        ("2999-01", "2999-01", "from", "future_period"),
        ("2025-01", "2999-01", "to", "future_period"),
        ("2025-03", "2025-02", "from", "from_after_to"),
        ("0001-01", "2025-02", "from", "too_many_periods"),
    ],
)
def test_a_span_that_cannot_be_is_refused(
    organisation: Organisation, first: str, last: str, attr: str, code: str
) -> None:
    with pytest.raises(BadPeriod) as refused:
        ask(organisation, Kind.MONTHLY, first, last)
    assert (refused.value.attr, refused.value.code) == (attr, code)
    assert not Report.objects.of(organisation).exists()


@time_machine.travel("2025-03-31T23:59:59Z")
def test_the_month_that_is_now_can_be_asked_for(organisation: Organisation) -> None:
    assert ask(organisation, Kind.MONTHLY, "2025-03").period_to == "2025-03"
    with pytest.raises(BadPeriod):
        ask(organisation, Kind.MONTHLY, "2025-04")


# --- the same again ---


def test_asked_for_twice_it_is_one_report_for_both(
    organisation: Organisation, lake: Lake, alice: User, bob: User
) -> None:
    first = ask(organisation, actor="alice", people=[alice])
    second = ask(organisation, actor="bob", people=[bob])
    third = ask(organisation, actor="bob", people=[bob])
    assert first == second == third
    assert [request.actor for request in first.requests.all()] == ["alice", "bob"]
    assert ask(run(first).organisation) == first  # also while it runs


def test_another_kind_span_or_format_is_another_report(organisation: Organisation) -> None:
    reports = {
        ask(organisation),
        ask(organisation, Kind.UNMATCHED),
        ask(organisation, Kind.MONTHLY, "2025-01", "2025-02"),
        ask(organisation, format="parquet"),
    }
    assert len(reports) == 4


def test_one_that_has_ended_is_made_again(organisation: Organisation, lake: Lake) -> None:
    assert ready(organisation) != ask(organisation)


def test_what_is_under_way_is_not_shared_once_the_catalogue_has_changed(organisation: Organisation, lake: Lake) -> None:
    first = run(ask(organisation))
    create_track(organisation=organisation, isrc=OTHER_ISRC, title="Nightbus", artists=[{"name": "Aurora Lane"}])
    second = ask(organisation)
    assert first != second
    assert finish(first).rows == 1
    assert finish(run(second)).rows == 2


def test_the_basis_changes_with_every_file_that_counts_or_no_longer_does(organisation: Organisation) -> None:
    seen = [basis_of(organisation)]
    file = new_file(organisation)
    assert basis_of(organisation) == seen[0]  # nothing of it counts yet
    for change in ({"live_revision": 1}, {"live_revision": 2}, {"deleted_at": timezone.now()}):
        SalesFile.everything.filter(pk=file.pk).update(**change)
        seen.append(basis_of(organisation))
    other = new_file(organisation)
    SalesFile.everything.filter(pk=other.pk).update(live_revision=2)
    seen.append(basis_of(organisation))
    assert len(set(seen)) == 4  # the deleted one leaves what was before it
    assert seen[0] == seen[3]


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_many_at_once_it_is_one_report(organisation: Organisation) -> None:
    found: list[int] = []
    gate = threading.Barrier(6)

    def go(n: int) -> None:
        try:
            gate.wait(timeout=20)
            found.append(ask(organisation, actor=f"person {n % 3}").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert ReportRequest.objects.of(organisation).count() == 3
