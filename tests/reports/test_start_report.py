"""QUEUED → RUNNING: what a report will read is activated and published, then its job is opened."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.services.works import create_track
from jobs.models import Job
from reports.choices import Kind
from reports.services import start_report
from reports.services.start_report import start, versions_in_use
from salesfiles.models import SalesFile
from tests.glider.reporting.driving import Lake, line
from tests.reports.driving import OTHER_ISRC, ask, finish, ready, run
from tests.salesfiles.glider_stand_in import finalized_file, new_file


def test_a_report_is_started_once(organisation: Organisation) -> None:
    report = ask(organisation)
    assert [start(report.pk), start(report.pk)] == [True, False]
    assert Job.objects.of(organisation).count() == 1


def test_the_message_has_all_that_glider_needs(organisation: Organisation, lake: Lake) -> None:
    report = run(ask(organisation, Kind.UNMATCHED, "2025-01", "2025-02", format="xlsx"))
    assert report.job is not None
    message = report.job.message
    assert (message["kind"], message["period_from"], message["period_to"], message["format"]) == (
        "UNMATCHED", "2025-01", "2025-02", "xlsx",
    )  # fmt: skip
    assert message["output_key"] == f"organisation={organisation.pk}/reports/{report.uuid}.xlsx" == report.key


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


def test_live_revisions_are_activated_before_a_report_reads_them(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert file.activated_revision is None
    assert start(ask(organisation).pk)
    file.refresh_from_db()
    assert file.activated_revision == 1
