"""What is kept of a job in parts: plans and parts in S3 (the truth), and in MongoDB which parts of a round are done.

A part is noted by one atomic update that answers with all that is noted by then: of workers that finish at the same
time exactly one is the first to see the round complete. Glider has no relational database, and Redis may be emptied at
any time; MongoDB is where it keeps everything else that is small and changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from glider.jobs import AnyMessage
from glider.parts.plans import PLAN, AnyPlan, Document
from oas import keys
from oas.documents import documents, parts_id, snapshot_id
from oas.storage import ObjectAbsent, storage

P = TypeVar("P", bound=Document)


def keep_plan(plan: AnyPlan) -> None:
    key = keys.part_plan(plan.message.organisation, plan.message.job, plan.round)
    storage().put_json(key, plan.model_dump_json())


def plan_of(organisation: int, job: UUID, round: int) -> AnyPlan | None:
    """None: the job's file was deleted meanwhile."""
    try:
        return PLAN.validate_json(storage().get_bytes(keys.part_plan(organisation, job, round)))
    except ObjectAbsent:
        return None


def last_plan(message: AnyMessage) -> AnyPlan | None:
    """That of the round the job is in; None when it was not begun."""
    found = sum(1 for _ in storage().list(keys.part_plans(message.organisation, message.job)))
    return plan_of(message.organisation, message.job, found - 1) if found else None


def keep_part(plan: AnyPlan, part: int, document: Document) -> None:
    storage().put_json(part_key(plan, plan.round, part), document.model_dump_json())


def part_of(plan: AnyPlan, part: int, kind: type[P]) -> P | None:
    try:
        return kind.model_validate_json(storage().get_bytes(part_key(plan, plan.round, part)))
    except ObjectAbsent:
        return None


def parts_of(plan: AnyPlan, round: int, kind: type[P]) -> list[P]:
    """All of a round that is complete, in order."""
    found = (storage().get_bytes(part_key(plan, round, part)) for part in range(plan.total))
    return [kind.model_validate_json(content) for content in found]


def part_key(plan: AnyPlan, round: int, part: int, suffix: str = "json") -> str:
    return keys.part(plan.message.organisation, plan.message.job, round, part, suffix)


def note_done(plan: AnyPlan, done: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Note parts of the round (part, rows) as done; returns the rows of all that are done by then."""
    file = plan.message.file
    fields = {
        "organisation": plan.message.organisation,
        "file": file.id,
        "snapshot": snapshot_id(file.uuid, file.revision),
        "total": plan.total,
        **{f"done.{part}": rows for part, rows in done},
    }
    found = documents().note("parts", parts_id(str(plan.message.job), plan.round), fields)
    return {int(part): rows for part, rows in found.get("done", {}).items()}
