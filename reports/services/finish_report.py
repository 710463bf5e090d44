"""A report job has ended: what its result does to the report."""

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
from reports.services.links import fresh_link
from reports.services.start_report import give_up

MISFIT = "The answer of the report module does not fit what was asked for. Ask for the report again."


@transaction.atomic
def handle(job_id: UUID, result: AnyResult) -> bool:
    """RUNNING → READY or FAILED, once. Returns False when the job had ended before.

    Idempotent. A report that does not wait for the job any more stays as it is.
    """
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
        give_up(report, cause=result.cause or Cause.ERROR, message=result.message)
    elif result.output_key != report.key or not all(check.tied for check in result.checks):
        give_up(report, cause=Cause.ERROR, message=MISFIT)
    else:
        report.move_to(Status.READY, finished_at=timezone.now(), **_facts(report, result), **fresh_link(report))
        send_on_commit(Task.MAIL, report.pk)


def _facts(report: Report, result: ReportResult) -> dict[str, Any]:
    return {
        "rows": result.lines,
        "total": own_totals(report, result).revenue,
        "totals": {name: _shown(getattr(result, name)) for name in ("matched", "unmatched", "everything")},
        "checks": [check.model_dump() for check in result.checks],
        "files": result.files,
        "groups": result.groups,
        "suggested": result.suggested,
        "size": result.size,
    }


def _shown(sums: SalesTotals) -> dict[str, Any]:
    by_currency = {
        name: {code: format_amount(amount) for code, amount in getattr(sums, name).items()} for name in ("gross", "net")
    }
    return {"rows": sums.rows, "quantity": sums.quantity, **by_currency, "revenue": format_amount(sums.revenue)}


def own_totals(report: Report, result: ReportResult) -> SalesTotals:
    return result.matched if report.kind == ReportKind.MONTHLY else result.unmatched
