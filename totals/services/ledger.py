"""The ledger: totals over all files of an organisation, kept in step with the status of each file.

What a sales file adds comes in, and what it added before goes, in one transaction with the change of its status. Only
this module writes the tables of the totals. In two steps, `prepare` and `apply`, for one file or for several at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

import polars as pl
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from glider.contract import ImporterResult
from jobs.models import Job
from totals.models import CountedFile, SummaryScope, SummarySource
from totals.services import sql
from totals.services.contributions import DELTA, LedgerFile, Reporting, delta, reporting_of, totals_of_job
from totals.services.deltas import changes_of


class Outdated(Exception):
    """What counts of a file has changed since `prepare` read it: prepare again."""


@dataclass(frozen=True)
class Change:
    """From what counts of `file` now to what shall count: `before` and `job` are importer jobs, None for nothing."""

    file: LedgerFile
    before: UUID | None
    job: Job | None
    rows: pl.DataFrame


def prepare(file: LedgerFile, job: Job | None) -> Change:
    """Read what `job` found of `file`, and what counts of it now. `job` None: nothing of it shall count.

    Apart from `apply`, so that no transaction waits for S3. Raises StorageError.
    """
    counted = CountedFile.everything.filter(file_id=file.id).first()
    return change_of(file, counted, job)


def change_of(file: LedgerFile, counted: CountedFile | None, job: Job | None) -> Change:
    """Raises StorageError."""
    before = counted.job if counted else None
    if job is not None and before == job.pk:
        return Change(file=file, before=before, job=job, rows=pl.DataFrame(schema=DELTA))
    parts = [delta(totals_of_job(job), file, sign=1)] if job else []
    if counted is not None:
        old = Job.objects.of(file.organisation).get(pk=counted.job)
        parts.append(delta(totals_of_job(old), file, sign=-1))
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=DELTA)
    return Change(file=file, before=before, job=job, rows=rows)


@transaction.atomic(savepoint=False)
def apply(changes: Sequence[Change]) -> None:
    """Write `changes`, of files of one organisation whose rows the caller has locked, in the caller's transaction.

    Raises `Outdated` when something else counts of one of them by now; then nothing may be committed.
    """
    counted = _counted(changes)
    uploads: dict[int | None, list[_Step]] = {}
    for change in changes:
        step = _Step(change, counted.get(change.file.id))
        if step.counted or change.job:
            uploads.setdefault(step.batch, []).append(step)
    for batch, steps in uploads.items():
        _apply(batch, steps)


@dataclass(frozen=True)
class _Step:
    change: Change
    counted: CountedFile | None

    @property
    def file(self) -> LedgerFile:
        return self.change.file

    @property
    def batch(self) -> int | None:
        """The upload it is counted with."""
        return self.counted.batch if self.counted else self.file.batch

    @property
    def more(self) -> int:
        """How many files more count by this change: 1, 0 or -1."""
        return (self.change.job is not None) - (self.counted is not None)


def _counted(changes: Sequence[Change]) -> dict[int, CountedFile]:
    rows = CountedFile.everything.filter(file_id__in=[change.file.id for change in changes])
    found = {row.file_id: row for row in rows}
    jobs = {id: row.job for id, row in found.items()}
    if any(jobs.get(change.file.id) != change.before for change in changes):
        raise Outdated
    return found


def _apply(batch: int | None, steps: Sequence[_Step]) -> None:
    organisation = steps[0].file.organisation
    scopes = _locked_scopes(organisation, batch)
    rows = pl.concat([step.change.rows for step in steps])
    if not rows.is_empty():
        _add_up(organisation, [scope.pk for scope in scopes], rows)
    _note(steps, scopes)


def _locked_scopes(organisation: int, batch: int | None) -> list[SummaryScope]:
    """Everything, and the upload the files came with; held until the transaction ends."""
    wanted = Q(batch=None) if batch is None else Q(batch=None) | Q(batch=batch)
    rows = SummaryScope.objects.of(organisation).filter(wanted).order_by("pk").select_for_update()
    found = list(rows)
    if len(found) < (1 if batch is None else 2):
        both = dict.fromkeys((None, batch))
        new = [SummaryScope(organisation_id=organisation, batch=each) for each in both]
        SummaryScope.objects.unscoped().bulk_create(new, ignore_conflicts=True)
        found = list(rows.all())
    return found


def _add_up(organisation: int, scopes: Sequence[int], rows: pl.DataFrame) -> None:
    anything_goes = bool((rows["sign"] < 0).any())
    with connection.cursor() as cursor:
        cursor.execute(sql.BEGIN)
        with cursor.copy(sql.COPY_DELTA) as copy:
            copy.write(changes_of(rows).write_csv(include_header=False).encode())
        change = sql.COME_AND_GO if anything_goes else sql.COME
        cursor.execute(change, {"organisation": organisation, "scopes": list(scopes)})


# --- the ledger, the months that sources reported, and the version of the scopes ---


def _note(steps: Sequence[_Step], scopes: list[SummaryScope]) -> None:
    months: Counter[Reporting] = Counter()
    new: list[CountedFile] = []
    for step in steps:
        if step.counted:
            months[Reporting(step.counted.source, tuple(step.counted.reported))] -= 1
        if step.change.job:
            months[reporting_of(step.change.job)] += 1
        _write_ledger(step, new)
    CountedFile.objects.unscoped().bulk_create(new)
    for reporting, by in sorted(months.items(), key=itemgetter(1)):
        _count_months(scopes, reporting, by)
    same = SummaryScope.objects.unscoped().filter(pk__in=[scope.pk for scope in scopes])
    more = sum(step.more for step in steps)
    same.update(files=F("files") + more, version=F("version") + 1, changed_at=timezone.now())


def _write_ledger(step: _Step, new: list[CountedFile]) -> None:
    """Under the lock of the file nobody else writes it."""
    file, job = step.file, step.change.job
    row = step.counted or CountedFile(file_id=file.id, organisation_id=file.organisation, batch=file.batch)
    if job is None:
        row.delete()
        return
    reporting = reporting_of(job)
    row.revision, row.job = job.revision or 0, job.pk
    row.totals_key = ImporterResult.model_validate(job.result).totals_key
    row.source, row.reported = reporting.source, list(reporting.months)
    if step.counted:
        row.save()
    else:
        new.append(row)


def _count_months(scopes: list[SummaryScope], reporting: Reporting, by: int) -> None:
    """`by` files more say so, or less. Under the lock of the scopes nobody else counts."""
    if by == 0:
        return
    same = SummarySource.objects.filter(scope__in=scopes, source=reporting.source, period__in=reporting.months)
    same.update(files=F("files") + by)
    if by < 0:
        same.filter(files=0).delete()
        return
    known = set(same.values_list("scope_id", "period"))
    wanted = [(scope.pk, month) for scope in scopes for month in reporting.months]
    new = [pair for pair in wanted if pair not in known]
    SummarySource.objects.bulk_create(
        SummarySource(scope_id=scope, source=reporting.source, period=month, files=by) for scope, month in new
    )
