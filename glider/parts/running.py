"""How a job is run that may be done in parts: the job itself, which plans and hands out, and each of its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import structlog

from glider.cleaning.job import blank_result, keep, run_cleaning, settings_for
from glider.cleaning.run import clean_tables, recognised
from glider.errors import JobFailed
from glider.heartbeat import Heartbeat
from glider.importer.job import run_importer
from glider.jobs import CleaningMessage, ImporterMessage, Result
from glider.parts import cleaning, importing, ledger
from glider.parts.cleaning import lines_of
from glider.parts.handing import hand_out
from glider.parts.plans import AnyPlan, CleaningPlan, ImportPart, ImportPlan, LinesPart, SignsPart
from oas.config import glider_config
from oas.storage import storage

log = structlog.get_logger(__name__)
Done = LinesPart | SignsPart | ImportPart
KINDS: Final[dict[str, type[Done]]] = {"lines": LinesPart, "signs": SignsPart, "import": ImportPart}


# --- the job itself ---


def run_cleaning_job(message: CleaningMessage, folder: Path, beat: Heartbeat) -> Result | None:
    """None: it was handed out in parts, the last of which leaves the result."""
    if message.raw_size <= glider_config().split_bytes:
        return run_cleaning(message, folder, beat)
    if plan := ledger.last_plan(message):
        return _carry_on(plan, folder, beat)
    raw = folder / "raw"
    sha256 = storage().download(message.raw_key, raw, etag=message.raw_etag)
    settings = settings_for(message)
    opened, found = recognised(raw, folder, settings)
    first = cleaning.first_round(message, raw, opened, found, sha256)
    if first is not None:
        return _begin(first)
    return keep(message, clean_tables(opened, found, folder, settings, blank_result(message, sha256), beat.progress))


def run_importer_job(message: ImporterMessage, folder: Path, beat: Heartbeat) -> Result | None:
    if message.cleaning.cleaned_parts == 0:
        return run_importer(message, folder, beat)
    plan = ledger.last_plan(message)
    return _carry_on(plan, folder, beat) if plan else _begin(ImportPlan(message=message))


def _begin(plan: AnyPlan) -> Result | None:
    ledger.keep_plan(plan)
    hand_out(plan, range(plan.total))
    return None


def _carry_on(plan: AnyPlan, folder: Path, beat: Heartbeat) -> Result | None:
    """The job's message has come again: something was lost on the way."""
    done = ledger.note_done(plan, [])
    missing = [part for part in range(plan.total) if part not in done]
    if not missing:
        return _finish(plan, folder, beat)
    hand_out(plan, missing)
    return None


# --- one part ---


def work_on_part(plan: AnyPlan, part: int, folder: Path, beat: Heartbeat) -> Result | None:
    """Do a part of a round, unless it is done, and what follows when it is the last."""
    beat.handed_on = True
    rows = (_kept(plan, part) or _do(plan, part, folder)).rows
    done = ledger.note_done(plan, [(part, rows)])
    beat.progress(5 + 90 * len(done) // plan.total, sum(done.values()))
    return _finish(plan, folder, beat) if len(done) == plan.total else None


def _kept(plan: AnyPlan, part: int) -> Done | None:
    """What an earlier run of the part left behind."""
    return ledger.part_of(plan, part, KINDS[plan.stage])


def _do(plan: AnyPlan, part: int, folder: Path) -> Done:
    document: Done = _import(plan, part, folder) if isinstance(plan, ImportPlan) else _clean(plan, part, folder)
    ledger.keep_part(plan, part, document)
    return document


def _import(plan: ImportPlan, part: int, folder: Path) -> ImportPart:
    return importing.do_part(plan, part, folder)


def _clean(plan: CleaningPlan, part: int, folder: Path) -> LinesPart | SignsPart:
    try:
        return cleaning.do_part(plan, part, folder)
    except JobFailed as error:
        raise JobFailed(error.cause, f"{error.message} This was seen in {lines_of(plan.spans[part])}.") from error


# --- the parts together ---


def _finish(plan: AnyPlan, folder: Path, beat: Heartbeat) -> Result | None:
    if isinstance(plan, ImportPlan):
        return importing.together_in_one(plan, folder)
    following = cleaning.next_round(plan)
    if following is not None:
        return _begin(following)
    result = cleaning.together_in_one(plan)
    if result is None:
        log.warning("parts_do_not_fit")
        return run_cleaning(plan.message, folder, beat)
    return result
