"""Start a report: activate the sales and publish the catalogue that it will read, then open its job."""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from catalogue.models import CatalogueVersion
from catalogue.services.published_copy import publish_now
from glider.contract import ReportFormat, ReportKind, ReportMessage
from jobs.services.outbox import open_job
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.tasks import send_on_commit
from reports.choices import OPEN, SUFFIXES, Format, Status, Task
from reports.models import Report
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate

MOST_ATTEMPTS = 10


def start(report_id: int) -> bool:
    """QUEUED → RUNNING; → FAILED after `MOST_ATTEMPTS`.

    Idempotent. Returns True if this call started the report. An error of a service leaves the report QUEUED, and the
    sweep tries again. Raises StorageError, DocumentsError.
    """
    report = Report.everything.filter(pk=report_id, status=Status.QUEUED).first()
    if report is None or not _count_attempt(report):
        return False
    activate_files(report.organisation_id)
    return _open_job(report.pk, publish_now(report.organisation_id))


def _count_attempt(report: Report) -> bool:
    """Count an attempt; fail `report` when there were too many. Returns whether this process may start it."""
    if report.attempts >= MOST_ATTEMPTS:
        text = "The report could not be started. Ask for it again later."
        fail(report, cause="not_started", message=text)
        return False
    # Conditional on the number that was read, so that of several workers one starts the report.
    same = Report.everything.filter(pk=report.pk, status=Status.QUEUED, attempts=report.attempts)
    return same.update(attempts=F("attempts") + 1, tried_at=timezone.now()) == 1


@transaction.atomic
def fail(report: Report, *, cause: str, message: str) -> None:
    """Move `report` to FAILED and have the mails sent. Does nothing when another process has changed its status."""
    if report.move_to(Status.FAILED, cause=cause, error_message=message[:2000], finished_at=timezone.now()):
        send_on_commit(Task.MAIL, report.pk)


def activate_files(organisation_id: int) -> None:
    """Activate every live revision that is not yet: reports read the sales that are marked live in MongoDB."""
    not_activated = Q(activated_revision=None) | ~Q(activated_revision=F("live_revision"))
    files = SalesFile.objects.of(organisation_id).filter(not_activated, live_revision__isnull=False)
    for id in list(files.values_list("pk", flat=True)):
        activate(id)


@transaction.atomic
def _open_job(report_id: int, version: CatalogueVersion) -> bool:
    report = Report.lock(report_id)
    if report.status != Status.QUEUED:
        return False
    message = report_message(report, version)
    job = open_job(message)
    return report.move_to(
        Status.RUNNING, job=job, started_at=timezone.now(), catalogue_version=version.name, key=message.output_key
    )


def report_message(report: Report, version: CatalogueVersion) -> ReportMessage:
    """Return the message of a new job that makes `report`, matched against the copy `version` of the catalogue."""
    id = uuid4()
    return ReportMessage(
        job=id,
        organisation=report.organisation_id,
        result_key=object_keys.result(report.organisation_id, id),
        callback_url=config().webhook_address,
        report=str(report.uuid),
        kind=ReportKind(report.kind),
        period_from=report.period_from,
        period_to=report.period_to,
        format=ReportFormat(report.format),
        currency=report.currency,
        catalogue_version=version.name,
        catalogue_key=version.key,
        aliases_key=version.aliases_key,
        output_key=object_keys.report(report.organisation_id, str(report.uuid), SUFFIXES[Format(report.format)]),
        without=_being_deleted(report.organisation_id),
    )


def _being_deleted(organisation_id: int) -> list[str]:
    # Their documents are still marked live until they are purged.
    files = SalesFile.everything.filter(organisation=organisation_id, deleted_at__isnull=False)
    return list(files.values_list("uuid", flat=True))


def versions_in_use(organisation_id: int) -> list[str]:
    """Return the copies of the catalogue that open reports read, which must not be removed."""
    running = Report.objects.of(organisation_id).filter(status__in=OPEN).exclude(catalogue_version="")
    return list(running.values_list("catalogue_version", flat=True))
