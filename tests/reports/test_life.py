"""A report from asked for to READY or FAILED; what is asked for twice; what was lost on the way."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from catalogue.services.works import create_track
from glider.contract import Cause, ReportResult
from jobs.models import Job
from jobs.services import finishing
from oas.celery import QUEUE
from oas.kernel.storage import storage
from reports.choices import Kind
from reports.errors import BadPeriod
from reports.models import Report, ReportRequest
from reports.services import start_report
from reports.services.requesting import basis_of
from reports.services.start_report import start, versions_in_use
from reports.services.sweeping import sweep
from salesfiles.models import SalesFile
from tests.glider.reporting.driving import Lake, line
from tests.jobs.queues import messages, take_all
from tests.reports.driving import OTHER_ISRC, ask, finish, ready, run
from tests.salesfiles.glider_stand_in import new_file


def tasks(name: str) -> list[Any]:
    return [message["argument"] for message in messages(QUEUE) if message["task"] == name]


def test_a_report_becomes_ready_with_its_totals(organisation: Organisation, lake: Lake) -> None:
    report = ready(organisation)
    assert (report.rows, report.total, report.files) == (1, Decimal("2.5"), 1)
    revenues = {name: sums["revenue"] for name, sums in report.totals.items()}
    assert revenues == {"matched": "2.5", "unmatched": "1.25", "everything": "3.75"}
    assert storage().head(report.key).size == report.size
    assert report.catalogue_version.startswith("0000000")


def test_both_kinds_say_the_same_totals(organisation: Organisation, lake: Lake) -> None:
    monthly, unmatched = ready(organisation), ready(organisation, Kind.UNMATCHED)
    assert monthly.totals == unmatched.totals
    assert (unmatched.rows, unmatched.total, unmatched.groups, unmatched.suggested) == (1, Decimal("1.25"), 1, 1)


def test_a_span_without_sales_is_ready_and_empty(organisation: Organisation) -> None:
    report = ready(organisation, Kind.MONTHLY, "2024-01", "2024-06")
    assert (report.rows, report.total, report.files) == (0, Decimal(0), 0)
    assert report.size


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


# --- twice ---


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


def test_one_that_has_ended_is_made_anew(organisation: Organisation, lake: Lake) -> None:
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


# --- starting ---


def test_asking_sends_the_start_after_commit(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        report = ask(organisation)
    assert tasks("reports.start") == [report.pk]


def test_a_report_is_started_once(organisation: Organisation) -> None:
    report = ask(organisation)
    assert [start(report.pk), start(report.pk)] == [True, False]
    assert Job.objects.of(organisation).count() == 1


def test_a_report_reads_the_catalogue_of_the_moment_it_starts(organisation: Organisation, lake: Lake) -> None:
    report = ask(organisation)
    create_track(organisation=organisation, isrc=OTHER_ISRC, title="Nightbus", artists=[{"name": "Aurora Lane"}])
    assert finish(run(report)).rows == 2


def test_a_file_that_is_being_deleted_is_not_in_it(organisation: Organisation, lake: Lake) -> None:
    lake.put("2025-01", [line(isrc=OTHER_ISRC, net="100")], uuid="dddddddd")
    file = new_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(uuid="dddddddd", deleted_at=timezone.now())
    assert ready(organisation, Kind.UNMATCHED).total == Decimal("1.25")


def test_the_copy_of_the_catalogue_stays_while_a_report_reads_it(organisation: Organisation, lake: Lake) -> None:
    report = run(ask(organisation))
    assert versions_in_use(organisation.pk) == [report.catalogue_version]
    finish(report)
    assert versions_in_use(organisation.pk) == []


def test_a_report_that_cannot_be_started_fails_in_the_end(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(id: int) -> None:
        raise ArithmeticError

    monkeypatch.setattr(start_report, "publish_now", broken)
    report = ask(organisation)
    for _ in range(start_report.MOST_ATTEMPTS):
        with pytest.raises(ArithmeticError):
            start(report.pk)
    assert not start(report.pk)
    report.refresh_from_db()
    assert (report.status, report.cause, report.attempts) == ("FAILED", "not_started", start_report.MOST_ATTEMPTS)


# --- its end ---


def test_hearing_of_the_end_twice_changes_nothing(organisation: Organisation, lake: Lake) -> None:
    report = ready(organisation)
    assert report.job is not None
    assert finishing.apply(report.job, ReportResult(job=report.job.pk)) == "repeated"
    report.refresh_from_db()
    assert report.rows == 1


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"status": "failed", "cause": Cause.SALES_CHANGING, "message": "Later."}, "sales_changing"),
        ({"output_key": "organisation=1/reports/of-another.csv.gz"}, "error"),
        ({"checks": [{"name": "x", "expected": "1", "found": "2", "tied": False}]}, "error"),
    ],
)
def test_a_result_that_will_not_do_fails_the_report(organisation: Organisation, fields: Any, cause: str) -> None:
    report = ask(organisation)
    start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    finishing.apply(report.job, ReportResult.model_validate({"job": report.job.pk, "output_key": report.key, **fields}))
    report.refresh_from_db()
    assert (report.status, report.cause) == ("FAILED", cause)
    assert report.error_message
    assert report.url == ""


def test_the_message_says_all_that_glider_needs(organisation: Organisation, lake: Lake) -> None:
    report = run(ask(organisation, Kind.UNMATCHED, "2025-01", "2025-02", format="xlsx"))
    assert report.job is not None
    message = report.job.message
    assert (message["kind"], message["period_from"], message["period_to"], message["format"]) == (
        "UNMATCHED", "2025-01", "2025-02", "xlsx",
    )  # fmt: skip
    assert message["output_key"] == f"organisation={organisation.pk}/reports/{report.uuid}.xlsx" == report.key


# --- what was lost ---


def test_the_sweep_starts_what_was_not_started(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fresh, late = ask(organisation), ask(organisation, Kind.UNMATCHED)
    Report.everything.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    take_all(QUEUE)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert tasks("reports.start") == [late.pk]
    assert fresh.pk not in tasks("reports.start")
