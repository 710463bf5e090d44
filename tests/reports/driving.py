"""A report from asked for to its end, with Glider in this process: real PostgreSQL, S3 and MongoDB, no queue."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from accounts.models import Organisation
from catalogue.services.works import create_track
from glider import runner
from glider.contract import MESSAGE
from jobs.services import finishing
from jobs.services.results import read_result
from reports.choices import Kind
from reports.models import Report
from reports.services.requesting import request_report
from reports.services.start_report import start
from tests.glider.reporting.driving import Lake, line

ISRC, OTHER_ISRC = "DEA123456789", "DEA129999999"


def ask(
    organisation: Organisation,
    kind: Kind = Kind.MONTHLY,
    first: str = "2025-01",
    last: str | None = None,
    **fields: Any,
) -> Report:
    given: dict[str, Any] = {"actor": "alice", **fields}
    return request_report(organisation=organisation, kind=kind, period_from=first, period_to=last or first, **given)


def run(report: Report) -> Report:
    """RUNNING, and Glider has left its result, which OAS has not been notified of."""
    assert start(report.pk)
    report.refresh_from_db()
    assert report.job is not None
    runner.run_job(MESSAGE.validate_python(report.job.message))
    return report


def finish(report: Report) -> Report:
    assert report.job is not None
    finishing.apply(report.job, read_result(report.job))
    report.refresh_from_db()
    return report


def ready(organisation: Organisation, kind: Kind = Kind.MONTHLY, *span: str, **fields: Any) -> Report:
    report = finish(run(ask(organisation, kind, *span, **fields)))
    assert report.status == "READY", report.error_message
    return report


def sold(organisation: Organisation, lake: Lake) -> None:
    """In January 2025: 2.5 of a track that is in the catalogue, 1.25 of one that is not."""
    create_track(organisation=organisation, isrc=ISRC, title="Night Bus", artists=[{"name": "Aurora Lane"}])
    lake.put("2025-01", [line(isrc=ISRC, net="2.5"), line(isrc=OTHER_ISRC, track="Nightbus", net="1.25")])


def person(name: str = "alice") -> User:
    return User.objects.get(username=name)
