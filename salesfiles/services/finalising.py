"""Finalising: PROCESSED → FINALIZED, after which the revision is live and counts in the ledger.

It runs on the OAS worker, as reading and adding up a contribution takes longer than a webhook should. All of it is one
transaction: no file becomes FINALIZED without being counted, or is counted without becoming FINALIZED. Small files of
an organisation that wait at the same time are finalised in a batch. A file whose lines count already, or that is too
large to be counted, waits for a person instead: that is decided here, from what counts at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction

from glider.contract import ImporterResult, Module
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.kernel.amounts import LARGEST_OF_ALL, TotalsTooLarge
from oas.kernel.storage import StorageError
from oas.tasks import send_on_commit
from salesfiles.choices import Task, Waiting
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import SalesFile
from salesfiles.services import batching, overlaps
from salesfiles.services.overlaps import Overlapping
from salesfiles.services.purging import mark_deleted
from salesfiles.services.rates import rates_behind
from salesfiles.status import Status
from totals.services import ledger
from totals.services.contributions import LedgerFile

log = structlog.get_logger(__name__)
ACTOR = "glider"
ACCEPTED = "accepted_after_review"
REPLACED_OTHERS = "replaced_others"
TOO_LARGE = f"With this file, totals of the organisation would come to more than {LARGEST_OF_ALL:,}."
ADVICE = "Import it again with another exchange rate, or delete it."
_ATTEMPTS = 5


@dataclass(frozen=True)
class Prepared:
    """A file as it was read, its importer's job, the change of the ledger that finalising it makes, and its rates."""

    file: SalesFile
    job: Job
    change: ledger.Change
    rates: list[dict[str, Any]]

    @classmethod
    def read(cls, file: SalesFile) -> Prepared:
        """Read from S3 what `file` contributes. Raises StorageError, `ExchangeRateMissing`, `SeveralCurrencies`."""
        job = finished_job(file.pk, Module.IMPORTER, file.revision)
        rates = rates_behind(file, job)
        return cls(file, job, ledger.prepare(ledger_file(file), job), rates)

    def is_current(self, now: SalesFile) -> bool:
        """Return whether the row `now` has the status and revision that were read."""
        return (now.status, now.revision) == (self.file.status, self.file.revision)


class NotRemoved(Exception):
    """A file that another is to take the place of is gone, or is being processed."""


@dataclass(frozen=True)
class Removed:
    """A file that another takes the place of, and the change of the ledger that deleting it makes."""

    file: SalesFile
    change: ledger.Change

    @classmethod
    def read(cls, file: SalesFile) -> Removed:
        """Read from S3 what `file` has contributed. Raises StorageError."""
        return cls(file, ledger.prepare(ledger_file(file), None))


def ledger_file(file: SalesFile) -> LedgerFile:
    """Return what the ledger needs to know of `file`."""
    return LedgerFile(
        id=file.pk, uuid=file.uuid, filename=file.filename, organisation=file.organisation_id, batch=file.batch_id
    )


def finalise(file_id: int, *, actor: str = ACTOR, accepted: bool = False) -> bool:
    """Finalise the PROCESSED file `file_id`, and with it small files of its organisation that wait as well.

    `accepted`: a person has accepted why it waits; such a file is finalised alone. Idempotent, also at the same time as
    itself. Returns False if nothing was finalised: another process was first, or the file waits for a person, from now
    on if its totals are too large to be counted or it overlaps with another. Raises StorageError.
    """
    file = _find_waiting(file_id, accepted=accepted)
    if file is None:
        return False
    if accepted or not batching.is_small(file):
        return _finalise_alone(file, actor=actor, accepted=accepted)
    with batching.one_batch_at_a_time(file.organisation_id):
        # Read again under the lock: another batch may have taken `file` along meanwhile.
        return _finalise_batch(batching.batch_with(file), actor=actor)


def _find_waiting(file_id: int, *, accepted: bool) -> SalesFile | None:
    file = SalesFile.everything.filter(pk=file_id, deleted_at=None, status=Status.PROCESSED).first()
    if file is None or file.status_cause == Waiting.TOTALS_TOO_LARGE:
        return None
    return file if accepted or batching.ties(file) else None


def finalise_instead(file: SalesFile, *, actor: str) -> bool:
    """Finalise `file`, which waits, in place of the files it was said to overlap with: these are deleted with it.

    All of it is one transaction. Returns False if nothing was done: something has changed meanwhile, or one of the
    others is being processed. Raises StorageError.
    """
    job = finished_job(file.pk, Module.IMPORTER, file.revision)
    others = [row.other for row in overlaps.open_overlaps([job.pk]) if row.named]
    return _finalise_alone(file, actor=actor, accepted=True, instead_of=others)


def _finalise_alone(
    file: SalesFile, *, actor: str, accepted: bool = False, instead_of: Sequence[SalesFile] = ()
) -> bool:
    now: SalesFile | None = file
    for _ in range(_ATTEMPTS):
        if now is None:
            return False
        try:
            gone = [Removed.read(each) for each in instead_of]
            return _finalise([Prepared.read(now)], actor=actor, accepted=accepted, gone=gone)
        except ledger.Outdated:
            now = _find_waiting(file.pk, accepted=accepted)
        except TotalsTooLarge:
            return _let_wait(now, Waiting.TOTALS_TOO_LARGE, f"{TOO_LARGE} {ADVICE}", actor)
        except Overlapping as found:
            return _let_wait_for_overlaps(now, found, actor)
        except (ExchangeRateMissing, SeveralCurrencies) as refused:
            return _let_wait(now, refused.code, refused.text, actor)
        except NotRemoved:
            return False
    raise RuntimeError(f"What counts of sales file {file.pk} kept changing.")


def _let_wait(file: SalesFile, cause: str, text: str, actor: str) -> bool:
    """Let `file` wait for a person; nothing if the row has changed since it was read. Returns False."""
    if file.hold(cause=cause, message=text, actor=actor):
        log.warning(cause, file=file.pk)
    return False


@transaction.atomic
def _let_wait_for_overlaps(file: SalesFile, found: Overlapping, actor: str) -> bool:
    overlaps.name(found.overlaps)
    return _let_wait(file, Waiting.OVERLAPS, overlaps.describe(found.overlaps), actor)


def _finalise_batch(files: Sequence[SalesFile], *, actor: str) -> bool:
    """Finalise `files`, or only the first if the batch fails: each of the others has a task of its own."""
    if len(files) < 2:
        return bool(files) and _finalise_alone(files[0], actor=actor)
    try:
        return _finalise([Prepared.read(files[0]), *_prepare_others(files[1:])], actor=actor)
    except (OperationalError, StorageError, SoftTimeLimitExceeded):
        # The first would fail alike; its task is tried again.
        raise
    except Overlapping:
        # Some of them overlap. Each decides by itself, and for the others the same is found out in their own tasks.
        return _finalise_alone(files[0], actor=actor)
    except Exception:
        log.warning("finalised_alone", file=files[0].pk, together=len(files), exc_info=True)
        return _finalise_alone(files[0], actor=actor)


def _prepare_others(files: Sequence[SalesFile]) -> Iterator[Prepared]:
    for file in files:
        try:
            yield Prepared.read(file)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            # Its own task will report the error; here it only must not stop the batch.
            log.warning("left_out_of_batch", file=file.pk, exc_info=True)


@transaction.atomic
def _finalise(files: Sequence[Prepared], *, actor: str, accepted: bool = False, gone: Sequence[Removed] = ()) -> bool:
    """Finalise the first of `files`, and those of the others that no other process has locked; `gone` are deleted.

    Returns False when the first has changed since it was read. Raises `ledger.Outdated`, `TotalsTooLarge`,
    `Overlapping`, `NotRemoved`; nothing is done then.
    """
    first, *others = files
    _lock_in_order([first.file, *(removed.file for removed in gone)])
    own = SalesFile.everything.select_for_update().filter(pk=first.file.pk, deleted_at=None).first()
    if own is None or not first.is_current(own):
        return False
    locked = [(own, first), *_lock_others(others)]
    _remove(gone)
    ledger.apply([*(removed.change for removed in gone), *(prepared.change for _, prepared in locked)])
    # After the ledger has locked the organisation: what counts by now is what these files must not repeat.
    _refuse_overlaps([prepared.job.pk for _, prepared in locked], own, accepted=accepted)
    cause, message = _how(accepted, gone)
    for now, prepared in locked:
        totals = totals_of(ImporterResult.model_validate(prepared.job.result))
        live = {"live_revision": now.revision, "rates": prepared.rates, "live_rates": prepared.rates, **totals}
        now.move_to(Status.FINALIZED, actor=actor, cause=cause, message=message, **live)
    send_on_commit(Task.ACTIVATE, [now.pk for now, _ in locked])
    return True


def _how(accepted: bool, gone: Sequence[Removed]) -> tuple[str, str]:
    """The cause and the message with which a file becomes FINALIZED."""
    if gone:
        names = ", ".join(f"{removed.file.pk} ({removed.file.filename})" for removed in gone)
        return REPLACED_OTHERS, f"In place of sales file {names}."
    return (ACCEPTED if accepted else ""), ""


def _refuse_overlaps(jobs: Sequence[UUID], own: SalesFile, *, accepted: bool) -> None:
    """Raise `Overlapping` if what `jobs` imported counts already, unless a person was told of all of it and accepts."""
    found = overlaps.open_overlaps(jobs)
    told = accepted and own.status_cause == Waiting.OVERLAPS and all(row.named for row in found)
    if found and not told:
        raise Overlapping(found)
    overlaps.accept(found)


def _lock_in_order(files: Sequence[SalesFile]) -> None:
    # Two that are to take each other's place would wait for each other, were they locked in any order.
    if len(files) > 1:
        rows = SalesFile.everything.select_for_update().filter(pk__in=[file.pk for file in files])
        list(rows.order_by("pk").values_list("pk"))


def _remove(gone: Sequence[Removed]) -> None:
    if not all(mark_deleted(removed.file) for removed in gone):
        raise NotRemoved


def _lock_others(others: Sequence[Prepared]) -> list[tuple[SalesFile, Prepared]]:
    """Lock the rows of `others` that no other process has locked, and return those that are still as they were read."""
    known = {prepared.file.pk: prepared for prepared in others}
    # SKIP LOCKED: a process that holds files waits for no further file, to avoid deadlocks.
    rows = SalesFile.everything.select_for_update(skip_locked=True).filter(pk__in=known, deleted_at=None)
    found = [(now, known[now.pk]) for now in rows.order_by("pk")] if known else []
    return [(now, prepared) for now, prepared in found if prepared.is_current(now)]


def totals_of(result: ImporterResult) -> dict[str, Any]:
    """Return the fields of a sales file that show the totals of `result`."""
    return {
        "total_rows": result.total_rows,
        "total_artists": result.total_artists,
        "total_local": result.total_local,
    }
