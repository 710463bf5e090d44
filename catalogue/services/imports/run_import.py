"""The job that an import is. It may be killed at any moment and run again, or run twice at once.

Whoever works on an import holds its row locked; a second one finds it locked and goes. The lock ends with the
connection, so work whose worker died is free at once, and goes on after the last range that was committed.
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
from catalogue.services.imports import apply_rows, progress, staging
from catalogue.services.imports.check_rows import check
from catalogue.services.imports.read_rows import batches, open_table
from oas.kernel.config import config
from oas.kernel.storage import ObjectAbsent, ObjectChanged, storage
from oas.kernel.text_intake import Unreadable
from oas.kernel.workspace import workspace

log = structlog.get_logger(__name__)
TIMEOUT = 15 * 60  # seconds for one statement over all rows of an import
Seen = Callable[[CatalogueImport], object]


class Busy(Exception):
    """Somebody else works on this import."""


def run(import_id: int, *, seen: Seen = lambda row: None, limit: float | None = None) -> bool:
    """Do what is left of the import, or as much as is begun within `limit` seconds; says whether there is more.

    `seen` is shown the import after every piece.
    """
    until = None if limit is None else time.monotonic() + limit
    try:
        _begin(import_id)
        while _advance(import_id, seen):
            if until is not None and time.monotonic() >= until:
                return True
    except Busy:
        log.info("import_is_busy", catalogue_import=import_id)
    progress.forget(import_id)
    return False


def _advance(import_id: int, seen: Seen) -> bool:
    """One piece of work; says whether there is more."""
    with _held(import_id) as row:
        if row is None:
            return False
        row.attempts = 0  # what goes on is not given up
        if row.status == ImportStatus.CHECKING:
            _stage(row, seen)
        else:
            _apply_range(row)
    seen(row)
    return row.status in BUSY


def _begin(import_id: int) -> None:
    """Count the attempt; an import that kills its worker every time is given up."""
    with _held(import_id) as row:
        if row is None:
            return
        row.attempts += 1
        if row.attempts > config().job_attempts:
            _fail(row, "gave_up", f"The import did not finish in {row.attempts - 1} attempts.")
        elif row.status == ImportStatus.APPLYING and staging.staged_rows(row.pk) != row.valid_rows:
            row.status = ImportStatus.CHECKING  # what was staged is lost: a range done stays done
        row.save()


@contextmanager
def _held(import_id: int) -> Iterator[CatalogueImport | None]:
    """The import, locked, while it is at work; None when there is nothing to do. Raises `Busy`."""
    with transaction.atomic():
        with connection.cursor() as cursor:
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


def _stage(row: CatalogueImport, seen: Seen) -> None:
    try:
        with transaction.atomic(), workspace(config().work_dir) as folder:
            _stage_file(row, folder, seen)
    except Unreadable as error:
        _fail(row, error.code, str(error))
    except (ObjectAbsent, ObjectChanged):
        _fail(row, "object_changed", "The file is not in S3 any more as it was uploaded: import it again.")
    row.save()


def _stage_file(row: CatalogueImport, folder: Path, seen: Seen) -> None:
    storage().download(row.key, folder / "content", etag=row.etag)
    table = open_table(folder / "content", folder)
    row.columns, row.ignored = table.mapping.headers, list(table.mapping.ignored)
    staged = staging.Staging(row.pk, row.organisation_id)
    staged.begin()
    for batch in batches(table):
        staged.add(check(batch))
        row.total_rows = staged.total_rows
        progress.show(row)
        seen(row)
    apply_rows.join_by_hash(staged.total_rows)
    counts = staged.finish()
    row.total_rows, row.valid_rows = staged.total_rows, counts.pop("rows")
    row.error_rows = row.total_rows - row.valid_rows
    if row.applied_to == row.step == 0:
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
    staging.clear([row.pk])
    row.status, row.finished_at = ImportStatus.DONE, timezone.now()
    log.info("catalogue_imported", catalogue_import=row.pk, organisation=row.organisation_id, **row.counts)


def _fail(row: CatalogueImport, cause: str, message: str) -> None:
    staging.clear([row.pk])
    row.status, row.cause, row.message, row.finished_at = ImportStatus.FAILED, cause, message, timezone.now()
