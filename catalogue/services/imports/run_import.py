"""The run of an import by a worker. It may be killed at any moment and run again, or run twice at once.

The worker keeps the row of the import locked; a second worker finds it locked and leaves. The lock ends with the
connection, so an import whose worker died is free at once, and goes on after the last range that was committed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from catalogue.models import BUSY, CatalogueImport, ImportStatus
from catalogue.services.changes import note_change
from catalogue.services.imports import apply_rows, progress, staged_rows
from catalogue.services.imports.check_rows import check
from catalogue.services.imports.read_rows import batches, open_table
from oas.kernel.config import config
from oas.kernel.intake.text_intake import Unreadable
from oas.kernel.storage import ObjectAbsent, ObjectChanged, storage
from oas.kernel.workspace import workspace

log = structlog.get_logger(__name__)
TIMEOUT = 15 * 60  # seconds for one statement over all rows of an import
OnStep = Callable[[CatalogueImport], object]


class Busy(Exception):
    """Another process works on this import."""


def run(import_id: int, *, on_step: OnStep = lambda row: None, limit: float | None = None) -> bool:
    """Do the rest of the import, or the steps that begin within `limit` seconds. Returns True if there is more to do.

    Idempotent. `on_step` is called with the import after every batch and range.
    """
    until = None if limit is None else time.monotonic() + limit
    try:
        _begin(import_id)
        while _advance(import_id, on_step):
            if until is not None and time.monotonic() >= until:
                return True
    except Busy:
        log.info("import_is_busy", catalogue_import=import_id)
    progress.forget(import_id)
    return False


def _advance(import_id: int, on_step: OnStep) -> bool:
    """Do one step, the check or one range, in a transaction of its own; returns whether there is more to do."""
    with _locked(import_id) as row:
        if row is None:
            return False
        row.attempts = 0  # an import that makes progress is not given up, however many tasks it takes
        if row.status == ImportStatus.CHECKING:
            _stage(row, on_step)
        else:
            _apply_range(row)
    on_step(row)
    return row.status in BUSY


def _begin(import_id: int) -> None:
    """Count the attempt, and fail an import after too many: it would kill every worker."""
    with _locked(import_id) as row:
        if row is None:
            return
        row.attempts += 1
        if row.attempts > config().job_attempts:
            _fail(row, "gave_up", f"The import did not finish in {row.attempts - 1} attempts.")
        elif row.status == ImportStatus.APPLYING and staged_rows.count_staged(row.pk) != row.valid_rows:
            # The staging tables are unlogged: a crash of PostgreSQL empties them. Applied ranges stay applied.
            row.status = ImportStatus.CHECKING
        row.save()


@contextmanager
def _locked(import_id: int) -> Iterator[CatalogueImport | None]:
    """Lock the import and yield it; None when there is nothing to do. Raises `Busy` when another process has it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One statement over all rows of an import may take longer than the timeout of requests allows.
            cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}s'; SET LOCAL lock_timeout = '{TIMEOUT}s'")
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{TIMEOUT}s'")
        try:
            with transaction.atomic():
                rows = CatalogueImport.everything.select_for_update(nowait=True, of=("self",))
                found = rows.filter(pk=import_id, status__in=BUSY).first()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            raise Busy from error
        yield found


# --- checking ---


def _stage(row: CatalogueImport, on_step: OnStep) -> None:
    try:
        with transaction.atomic(), workspace(config().work_dir) as folder:
            _stage_file(row, folder, on_step)
    except Unreadable as error:
        _fail(row, error.code, str(error))
    except (ObjectAbsent, ObjectChanged):
        _fail(row, "object_changed", "The file is not in S3 any more as it was uploaded: import it again.")
    row.save()


def _stage_file(row: CatalogueImport, folder: Path, on_step: OnStep) -> None:
    storage().download(row.key, folder / "content", etag=row.etag)
    table = open_table(folder / "content", folder)
    row.columns, row.ignored = table.mapping.headers, list(table.mapping.ignored)
    staged = staged_rows.Staging(row.pk, row.organisation_id)
    staged.begin()
    for batch in batches(table):
        staged.add(check(batch))
        row.total_rows = staged.total_rows
        progress.record(row)
        on_step(row)
    apply_rows.join_by_hash(staged.total_rows)
    counts = staged.finish()
    row.total_rows, row.valid_rows = staged.total_rows, counts.pop("rows")
    row.error_rows = row.total_rows - row.valid_rows
    if row.applied_to == row.step == 0:  # else rows are staged again after a crash, and some of them are known by now
        row.counts = counts
    row.status = ImportStatus.PREVIEWED if row.preview else ImportStatus.APPLYING


# --- applying ---


def _apply_range(row: CatalogueImport) -> None:
    last = _last_number(row)
    span = apply_rows.Span(row.pk, row.organisation_id, row.applied_to, row.applied_to + apply_rows.RANGE)
    apply_rows.prepare(row.organisation_id, row.valid_rows or 0)
    found = apply_rows.STEPS[row.step](span)
    row.counts |= {name: row.counts.get(name, 0) + count for name, count in found.items()}
    row.applied_to = span.upto
    if span.upto >= last:
        apply_rows.analyse(row.step)
        row.step, row.applied_to = row.step + 1, 0
    if row.step == len(apply_rows.STEPS):
        _finish(row)
    row.save()
    if any(found.values()):
        note_change(row.organisation_id)


def _last_number(row: CatalogueImport) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(number) FROM catalogue_staged_row WHERE import_id = %s", [row.pk])
        return int(cursor.fetchone()[0] or 0)


def _finish(row: CatalogueImport) -> None:
    staged_rows.clear([row.pk])
    row.status, row.finished_at = ImportStatus.DONE, timezone.now()
    log.info("catalogue_imported", catalogue_import=row.pk, organisation=row.organisation_id, **row.counts)


def _fail(row: CatalogueImport, cause: str, message: str) -> None:
    staged_rows.clear([row.pk])
    row.status, row.cause, row.message, row.finished_at = ImportStatus.FAILED, cause, message, timezone.now()
