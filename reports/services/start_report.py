"""From asked for to given to Glider: what is to be read is put in order first, then the job is opened."""

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
    """QUEUED → RUNNING; False when it is not queued (any more). Raises StorageError and the like: it stays queued."""
    report = Report.everything.filter(pk=report_id, status=Status.QUEUED).first()
    if report is None or not _try(report):
        return False
    activate_files(report.organisation_id)
    return _open(report.pk, publish_now(report.organisation_id))


def _try(report: Report) -> bool:
    """Count the attempt; the last one has failed when it comes round again."""
    if report.attempts >= MOST_ATTEMPTS:
        text = "The report could not be started. Ask for it again later."
        give_up(report, cause="not_started", message=text)
        return False
    same = Report.everything.filter(pk=report.pk, status=Status.QUEUED, attempts=report.attempts)
    return same.update(attempts=F("attempts") + 1, tried_at=timezone.now()) == 1


@transaction.atomic
def give_up(report: Report, *, cause: str, message: str) -> None:
    if report.move_to(Status.FAILED, cause=cause, error_message=message[:2000], finished_at=timezone.now()):
        send_on_commit(Task.MAIL, report.pk)


def activate_files(organisation_id: int) -> None:
    """What was finalized before this moment is live in MongoDB, and nothing else of the same files is."""
    unsettled = Q(activated_revision=None) | ~Q(activated_revision=F("live_revision"))
    files = SalesFile.objects.of(organisation_id).filter(unsettled, live_revision__isnull=False)
    for id in list(files.values_list("pk", flat=True)):
        activate(id)


@transaction.atomic
def _open(report_id: int, version: CatalogueVersion) -> bool:
    report = Report.lock(report_id)
    if report.status != Status.QUEUED:
        return False
    message = report_message(report, version)
    job = open_job(message)
    return report.move_to(
        Status.RUNNING, job=job, started_at=timezone.now(), catalogue_version=version.name, key=message.output_key
    )


def report_message(report: Report, version: CatalogueVersion) -> ReportMessage:
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
    files = SalesFile.everything.filter(organisation=organisation_id, deleted_at__isnull=False)
    return list(files.values_list("uuid", flat=True))


def versions_in_use(organisation_id: int) -> list[str]:
    """The copies of the catalogue that a running report reads."""
    running = Report.objects.of(organisation_id).filter(status__in=OPEN).exclude(catalogue_version="")
    return list(running.values_list("catalogue_version", flat=True))
