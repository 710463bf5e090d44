"""Overlaps: sales files of one sender that hold the same lines, so that these would count twice.

Glider finds them when it imports a file (`glider.importer.overlaps`), whether the other one counts or not. What counts
is decided when a file is finalised, under the ledger's lock: of two that overlap, the second waits for a person. Each
pair is recorded for both sides, because only one of two imports at the same time need have seen the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

import glider.contract
from oas.kernel.amounts import exact, format_amount
from salesfiles.models import Overlap, SalesFile
from totals.services import ledger

_ADVICE = "Accept it if both are to count, let it take the place of the other, or delete it."


class Overlapping(Exception):
    """A file holds lines that count already: `overlaps` are its own, and nobody has accepted them."""

    def __init__(self, overlaps: Sequence[Overlap]) -> None:
        super().__init__(overlaps)
        self.overlaps = overlaps


def record(file: SalesFile, job: UUID, found: Iterable[glider.contract.Overlap]) -> None:
    """Record what Glider `found` for the importer `job` of `file`, for both sides. Idempotent.

    Files of other organisations are left out. A pair that a person has accepted stays accepted when one of the two is
    imported again.
    """
    by_file = {each.file: each for each in found if each.file != file.pk}
    if not by_file:
        return
    known = set(SalesFile.objects.of(file.organisation_id).filter(pk__in=by_file).values_list("pk", flat=True))
    accepted = set(Overlap.everything.filter(file=file, other__in=known, accepted=True).values_list("other", flat=True))
    rows = [row for other in known for row in _both_sides(file, job, by_file[other], accepted=other in accepted)]
    # In one order, as the other import may write the same rows at the same time: no deadlock.
    rows.sort(key=lambda row: (row.job, row.other_job))
    Overlap.everything.bulk_create(rows, ignore_conflicts=True)


def _both_sides(file: SalesFile, job: UUID, found: glider.contract.Overlap, *, accepted: bool) -> Iterator[Overlap]:
    common = {"organisation_id": file.organisation_id, "periods": found.periods, "lines": found.lines}
    yield Overlap(
        file_id=file.pk, job=job, other_id=found.file, other_job=found.job, money=found.money,
        file_lines=found.file_lines, file_money=found.file_money, accepted=accepted, **common,
    )  # fmt: skip
    yield Overlap(
        file_id=found.file, job=found.job, other_id=file.pk, other_job=job, money=found.other_money,
        file_lines=found.other_file_lines, file_money=found.other_file_money, accepted=accepted, **common,
    )  # fmt: skip


def open_overlaps(jobs: Collection[UUID]) -> list[Overlap]:
    """Return the overlaps of these importer `jobs` with what counts now, the largest first, but for accepted ones.

    To be called under the ledger's lock of the organisation, when the jobs are entered in it.
    """
    rows = list(Overlap.everything.filter(job__in=jobs, accepted=False).select_related("other"))
    counted = ledger.counted_jobs({row.other_id for row in rows}) if rows else {}
    return [row for row in rows if counted.get(row.other_id) == row.other_job]


def accept(overlaps: Iterable[Overlap]) -> None:
    """Let `overlaps` count, for both sides."""
    for row in overlaps:
        pair = Q(job=row.job, other_job=row.other_job) | Q(job=row.other_job, other_job=row.job)
        Overlap.everything.filter(pair).update(accepted=True)


def name(overlaps: Iterable[Overlap]) -> None:
    """Note that a person is told of `overlaps`."""
    Overlap.everything.filter(pk__in=[row.pk for row in overlaps]).update(named=True)


def describe(overlaps: Sequence[Overlap]) -> str:
    """Return a sentence for the user that names the largest of `overlaps`, and says how many others there are."""
    first, more = overlaps[0], len(overlaps) - 1
    where = f"sales file {first.other_id} ({first.other.filename}), {_span(first.periods)}"
    lines = f"{first.lines:,} of its {first.file_lines:,} lines ({_percent(first.lines, first.file_lines)})"
    money = (
        f"{format_amount(first.money)} of {format_amount(first.file_money)} ({_percent(first.money, first.file_money)})"
    )
    others = f" {more} further files hold lines of it too." if more else ""
    return f"The file holds lines that count already: {lines}, {money}, are in {where}.{others} {_ADVICE}"


def _span(periods: Sequence[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{len(periods)} months from {periods[0]} to {periods[-1]}"


def _percent(part: Decimal | int, whole: Decimal | int) -> str:
    with exact():
        share = Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)
        return f"{format_amount(share.quantize(Decimal('0.01')))} %"
