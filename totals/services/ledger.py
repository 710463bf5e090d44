"""The ledger: totals over all files of an organisation, changed together with the status of each file.

What a sales file contributes is added, and what it contributed before is taken off, in one transaction with the change
of its status. Only this module writes the tables of the totals, in two steps, `prepare` and `apply`, for one file or
for several at once. Locks files before scopes, and scopes in the order of their ids, to avoid deadlocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

import polars as pl
import psycopg
from django.db import DataError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from glider.contract import ImporterResult
from jobs.models import Job
from oas.kernel.amounts import TotalsTooLarge
from totals.models import CountedFile, SummaryScope, SummarySource
from totals.services import sql
from totals.services.contributions import DELTA, LedgerFile, Reporting, delta, reporting_of, totals_of_job
from totals.services.deltas import changes_of


class Outdated(Exception):
    """The ledger has changed for a file since `prepare` read it: to be prepared again."""


@dataclass(frozen=True)
class Change:
    """A change of what the ledger counts of `file`: from the importer job `before` to `job`; None: nothing."""

    file: LedgerFile
    before: UUID | None
    job: Job | None
    rows: pl.DataFrame


def prepare(file: LedgerFile, job: Job | None) -> Change:
    """Read the contribution of `job`, and the one that is counted of `file` now, which it replaces.

    `job` None: nothing of `file` is to be counted. Raises StorageError.
    """
    # Apart from `apply`, so that no transaction waits for S3.
    counted = CountedFile.everything.filter(file_id=file.id).first()
    return change_of(file, counted, job)


def change_of(file: LedgerFile, counted: CountedFile | None, job: Job | None) -> Change:
    """`prepare`, for a caller that has read `counted`, the row of `file`. Raises StorageError."""
    before = counted.job if counted else None
    if job is not None and before == job.pk:
        return Change(file=file, before=before, job=job, rows=pl.DataFrame(schema=DELTA))
    parts = [delta(totals_of_job(job), file, sign=1)] if job else []
    if counted is not None:
        old = Job.objects.of(file.organisation).get(pk=counted.job)
        parts.append(delta(totals_of_job(old), file, sign=-1))
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=DELTA)
    return Change(file=file, before=before, job=job, rows=rows)


def counted_jobs(files: Collection[int]) -> dict[int, UUID]:
    """Map each of `files`, by id, to the importer job whose sales count of it; one that does not count is left out."""
    return dict(CountedFile.everything.filter(file_id__in=files).values_list("file_id", "job"))


@transaction.atomic(savepoint=False)
def apply(changes: Sequence[Change]) -> None:
    """Write `changes`, of files of one organisation, in the caller's transaction. The caller has locked the files.

    Raises `Outdated` when another job of one of them is counted by now, `TotalsTooLarge` when a total of the
    organisation would be over `LARGEST_OF_ALL`; then nothing may be committed.
    """
    try:
        _apply_all(changes)
    except DataError as error:
        if isinstance(error.__cause__, psycopg.errors.NumericValueOutOfRange):
            raise TotalsTooLarge from error
        raise


def _apply_all(changes: Sequence[Change]) -> None:
    counted = _counted(changes)
    batches: dict[int | None, list[_Step]] = {}
    for change in changes:
        step = _Step(change, counted.get(change.file.id))
        if step.counted or change.job:
            batches.setdefault(step.batch, []).append(step)
    for batch, steps in batches.items():
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
        """The batch that the file is counted with."""
        return self.counted.batch if self.counted else self.file.batch

    @property
    def more(self) -> int:
        """How many more files are counted after the change: 1, 0 or -1."""
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
    _record(steps, scopes)


def _locked_scopes(organisation: int, batch: int | None) -> list[SummaryScope]:
    """The scopes of everything and of `batch`, created if need be, and locked until the transaction ends."""
    wanted = Q(batch=None) if batch is None else Q(batch=None) | Q(batch=batch)
    rows = SummaryScope.objects.of(organisation).filter(wanted).order_by("pk").select_for_update()
    found = list(rows)
    if len(found) < (1 if batch is None else 2):
        # Another process may create them at the same time; both find and lock the same rows afterwards.
        both = dict.fromkeys((None, batch))
        new = [SummaryScope(organisation_id=organisation, batch=each) for each in both]
        SummaryScope.objects.unscoped().bulk_create(new, ignore_conflicts=True)
        found = list(rows.all())
    return found


def _add_up(organisation: int, scopes: Sequence[int], rows: pl.DataFrame) -> None:
    is_taken_off = bool((rows["sign"] < 0).any())
    with connection.cursor() as cursor:
        cursor.execute(sql.BEGIN)
        with cursor.copy(sql.COPY_DELTA) as copy:
            copy.write(changes_of(rows).write_csv(include_header=False).encode())
        change = sql.ADD_AND_TAKE_OFF if is_taken_off else sql.ADD
        is_added = bool((rows["sign"] > 0).any())
        cursor.execute(change, {"organisation": organisation, "scopes": list(scopes), "bounded": is_added})


# --- the counted files, the months that sources reported, and the version of the scopes ---


def _record(steps: Sequence[_Step], scopes: list[SummaryScope]) -> None:
    months: Counter[Reporting] = Counter()
    new: list[CountedFile] = []
    for step in steps:
        if step.counted:
            months[Reporting(step.counted.source, tuple(step.counted.reported))] -= 1
        if step.change.job:
            months[reporting_of(step.change.job)] += 1
        _write_counted(step, new)
    CountedFile.objects.unscoped().bulk_create(new)
    for reporting, by in sorted(months.items(), key=itemgetter(1)):
        _count_months(scopes, reporting, by)
    same = SummaryScope.objects.unscoped().filter(pk__in=[scope.pk for scope in scopes])
    more = sum(step.more for step in steps)
    same.update(files=F("files") + more, version=F("version") + 1, changed_at=timezone.now())


def _write_counted(step: _Step, new: list[CountedFile]) -> None:
    """Update or delete the row of the file; one that is not there yet is added to `new`."""
    # The caller holds the lock of the file, so no other process writes its row.
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
    """Count `by` files more (or fewer) that report `reporting`."""
    # The scopes are locked, so no other process counts at the same time.
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
