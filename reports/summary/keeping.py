"""Keeping the totals over all files: what a sales file adds comes in, and what it added before goes, in one transaction
with the change of its status (`salesfiles.services.counting`). Only this module writes the tables of the summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from glider.jobs import ImporterResult
from reports.summary import statements
from reports.summary.contributions import DELTA, Reporting, delta, reporting_of, totals_of_job
from reports.summary.models import CountedFile, SummaryScope, SummarySource
from salesfiles.models import Job, SalesFile
from salesfiles.services.counting import Apply, Outdated


@dataclass(frozen=True)
class Change:
    """From what is counted of a file (`before`: the importer's job, None when nothing is) to what shall be."""

    before: UUID | None
    job: Job | None
    rows: pl.DataFrame


def prepare(file: SalesFile, job: Job | None) -> Apply:
    """Read what `job` found of `file`, and what of it is counted now; the result writes the difference."""
    counted = CountedFile.everything.filter(file_id=file.pk).first()
    change = change_of(file, counted, job)
    return lambda locked: apply(locked, change)


def change_of(file: SalesFile, counted: CountedFile | None, job: Job | None) -> Change:
    """Raises StorageError."""
    before = counted.job if counted else None
    if job is not None and before == job.pk:
        return Change(before=before, job=job, rows=pl.DataFrame(schema=DELTA))
    parts = [delta(totals_of_job(job), file, sign=1)] if job else []
    if counted is not None:
        old = Job.objects.of(file.organisation_id).get(pk=counted.job)
        parts.append(delta(totals_of_job(old), file, sign=-1))
    return Change(before=before, job=job, rows=pl.concat(parts) if parts else pl.DataFrame(schema=DELTA))


@transaction.atomic(savepoint=False)
def apply(file: SalesFile, change: Change) -> None:
    """Write it. `file` is locked. Raises `Outdated` when something else of it is counted by now."""
    counted = CountedFile.everything.filter(file_id=file.pk).first()
    if (counted.job if counted else None) != change.before:
        raise Outdated
    if counted is None and change.job is None:
        return
    scopes = _locked_scopes(file, counted)
    if not change.rows.is_empty():
        _add_up(file.organisation_id, [scope.pk for scope in scopes], change.rows)
    _note(file, counted, change.job, scopes)


def _locked_scopes(file: SalesFile, counted: CountedFile | None) -> list[SummaryScope]:
    """Everything, and the upload the file came with; held until the transaction ends."""
    batch = counted.batch if counted else file.batch_id
    wanted = Q(batch=None) if batch is None else Q(batch=None) | Q(batch=batch)
    rows = SummaryScope.objects.of(file.organisation_id).filter(wanted).order_by("pk").select_for_update()
    found = list(rows)
    if len(found) < (1 if batch is None else 2):
        both = dict.fromkeys((None, batch))
        new = [SummaryScope(organisation_id=file.organisation_id, batch=each) for each in both]
        SummaryScope.objects.unscoped().bulk_create(new, ignore_conflicts=True)
        found = list(rows.all())
    return found


def _add_up(organisation: int, scopes: Sequence[int], rows: pl.DataFrame) -> None:
    anything_goes = bool((rows["sign"] < 0).any())
    with connection.cursor() as cursor:
        cursor.execute(statements.BEGIN)
        with cursor.copy(statements.COPY_DELTA) as copy:
            copy.write(rows.write_csv(include_header=False).encode())
        change = statements.COME_AND_GO if anything_goes else statements.COME
        cursor.execute(change, {"organisation": organisation, "scopes": list(scopes)})


def _note(file: SalesFile, counted: CountedFile | None, job: Job | None, scopes: list[SummaryScope]) -> None:
    """The ledger, the months its source reported, and the version of the scopes."""
    old = Reporting(counted.source, tuple(counted.reported)) if counted else Reporting()
    new = reporting_of(job) if job else Reporting()
    if old != new:
        _count_months(scopes, old, -1)
        _count_months(scopes, new, 1)
    if job is None:
        CountedFile.everything.filter(file_id=file.pk).delete()
    else:
        _write_ledger(file, counted, job, new)
    files = (job is not None) - (counted is not None)
    same = SummaryScope.objects.unscoped().filter(pk__in=[scope.pk for scope in scopes])
    same.update(files=F("files") + files, version=F("version") + 1, changed_at=timezone.now())


def _write_ledger(file: SalesFile, counted: CountedFile | None, job: Job, reporting: Reporting) -> None:
    """Under the lock of the file nobody else writes it."""
    row = counted or CountedFile(file_id=file.pk, organisation_id=file.organisation_id, batch=file.batch_id)
    row.revision, row.job = job.revision or 0, job.pk
    row.totals_key = ImporterResult.model_validate(job.result).totals_key
    row.source, row.reported = reporting.source, list(reporting.months)
    row.save()


def _count_months(scopes: list[SummaryScope], reporting: Reporting, by: int) -> None:
    """Under the lock of the scopes nobody else counts."""
    same = SummarySource.objects.filter(scope__in=scopes, source=reporting.source, period__in=reporting.months)
    same.update(files=F("files") + by)
    if by < 0:
        same.filter(files=0).delete()
        return
    known = set(same.values_list("scope_id", "period"))
    wanted = [(scope.pk, month) for scope in scopes for month in reporting.months]
    new = [pair for pair in wanted if pair not in known]
    SummarySource.objects.bulk_create(
        SummarySource(scope_id=scope, source=reporting.source, period=month, files=1) for scope, month in new
    )
