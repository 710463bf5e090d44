"""Results of report jobs: move the report on to READY or FAILED."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from glider.contract import AnyResult, Cause, ReportKind, ReportResult, SalesTotals
from jobs.services.finishing import close, lock_open
from oas.kernel.amounts import format_amount
from oas.tasks import send_on_commit
from reports.choices import Status, Task
from reports.models import Report
from reports.services.links import link_fields
from reports.services.start_report import fail

MISFIT = "The answer of the report module does not fit what was asked for. Ask for the report again."


@transaction.atomic
def handle(job_id: UUID, result: AnyResult) -> bool:
    """End the job `job_id` with `result`, and move its report from RUNNING to READY or FAILED, in one transaction.

    Idempotent. Returns True if this call applied the result, False if the job had ended before. A report that no longer
    waits for the job stays as it is. Raises `StaleJob`, `UnknownJob`.
    """
    # The report is locked before the job, as subjects are everywhere, to avoid deadlocks.
    report = Report.everything.select_for_update().filter(job=job_id).first()
    job = lock_open(job_id)
    if job is None:
        return False
    close(job, result)
    if report is not None and report.status == Status.RUNNING:
        _finish(report, result)
    return True


def _finish(report: Report, result: AnyResult) -> None:
    if not isinstance(result, ReportResult) or result.status == "failed":
        fail(report, cause=result.cause or Cause.ERROR, message=result.message)
    # A result comes from another program: a key that was not asked for could be another organisation's.
    elif result.output_key != report.key or not all(check.tied for check in result.checks):
        fail(report, cause=Cause.ERROR, message=MISFIT)
    else:
        report.move_to(Status.READY, finished_at=timezone.now(), **_facts(report, result), **link_fields(report))
        send_on_commit(Task.MAIL, report.pk)


def _facts(report: Report, result: ReportResult) -> dict[str, Any]:
    return {
        "rows": result.lines,
        "total": totals_of_kind(report, result).revenue,
        "totals": {name: _as_json(getattr(result, name)) for name in ("matched", "unmatched", "everything")},
        "checks": [check.model_dump() for check in result.checks],
        "files": result.files,
        "groups": result.groups,
        "suggested": result.suggested,
        "size": result.size,
    }


def _as_json(sums: SalesTotals) -> dict[str, Any]:
    """Return `sums` with amounts as texts, which JSON keeps exact."""
    by_currency = {
        name: {code: format_amount(amount) for code, amount in getattr(sums, name).items()} for name in ("gross", "net")
    }
    return {"rows": sums.rows, "quantity": sums.quantity, **by_currency, "revenue": format_amount(sums.revenue)}


def totals_of_kind(report: Report, result: ReportResult) -> SalesTotals:
    """Return the totals of the sales that a report of this kind has."""
    return result.matched if report.kind == ReportKind.MONTHLY else result.unmatched
