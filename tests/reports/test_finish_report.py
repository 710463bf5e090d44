"""RUNNING → READY or FAILED: what the result of its job does to a report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Organisation
from glider.contract import Cause, ReportResult
from jobs.services import finishing
from oas.kernel.storage import storage
from reports.choices import Kind
from reports.models import Report
from reports.services.start_report import start
from tests.glider.reporting.driving import Lake
from tests.reports.driving import ask, ready


def test_a_report_becomes_ready_with_its_totals(organisation: Organisation, lake: Lake) -> None:
    report = ready(organisation)
    assert (report.rows, report.total, report.files) == (1, Decimal("2.5"), 1)
    revenues = {name: sums["revenue"] for name, sums in report.totals.items()}
    assert revenues == {"matched": "2.5", "unmatched": "1.25", "everything": "3.75"}
    assert storage().head(report.key).size == report.size
    assert report.catalogue_version.startswith("0000000")


def test_both_kinds_have_the_same_totals(organisation: Organisation, lake: Lake) -> None:
    monthly, unmatched = ready(organisation), ready(organisation, Kind.UNMATCHED)
    assert monthly.totals == unmatched.totals
    assert (unmatched.rows, unmatched.total, unmatched.groups, unmatched.suggested) == (1, Decimal("1.25"), 1, 1)


def test_a_span_without_sales_is_ready_and_empty(organisation: Organisation) -> None:
    report = ready(organisation, Kind.MONTHLY, "2024-01", "2024-06")
    assert (report.rows, report.total, report.files) == (0, Decimal(0), 0)
    assert report.size


def test_the_same_result_twice_changes_nothing(organisation: Organisation, lake: Lake) -> None:
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
def test_a_result_that_does_not_fit_fails_the_report(organisation: Organisation, fields: Any, cause: str) -> None:
    report = ask(organisation)
    start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    finishing.apply(report.job, ReportResult.model_validate({"job": report.job.pk, "output_key": report.key, **fields}))
    report.refresh_from_db()
    assert (report.status, report.cause) == ("FAILED", cause)
    assert report.error_message
    assert report.url == ""


def test_a_result_for_a_report_that_has_failed_meanwhile_changes_nothing(organisation: Organisation) -> None:
    report = ask(organisation)
    start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    Report.everything.filter(pk=report.pk).update(status="FAILED", cause="not_started")
    assert finishing.apply(report.job, ReportResult(job=report.job.pk, output_key=report.key)) == "applied"
    report.refresh_from_db()
    assert (report.status, report.cause, report.rows) == ("FAILED", "not_started", None)
