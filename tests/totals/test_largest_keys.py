"""The largest keys of a span, found without adding up all of them, are those that adding up all of them gives."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Organisation
from totals.models import Dimension, SummaryEntry, SummaryKey, SummaryScope
from totals.services import largest_keys
from totals.services.largest_keys import is_certain, largest

MONTHS = [202501, 202502, 202503, 202504]
Sums = dict[int, Decimal]


def entries(organisation: Organisation, amounts: dict[tuple[int, int], Decimal]) -> int:
    """(number of a track, month) → revenue; returns the scope."""
    scope = SummaryScope.objects.unscoped().create(organisation=organisation)
    numbers = sorted({number for number, _ in amounts})
    keys = [
        SummaryKey(organisation=organisation, dimension=Dimension.TRACK, digest=bytes([n // 256, n % 256]), stated=True)
        for n in numbers
    ]
    by_number = dict(zip(numbers, SummaryKey.objects.bulk_create(keys), strict=True))
    SummaryEntry.objects.bulk_create(
        SummaryEntry(
            key=by_number[number], scope=scope, dimension=Dimension.TRACK, period=month, files=1, rows=1, quantity=2,
            revenue=amount,
        )
        for (number, month), amount in amounts.items()
    )  # fmt: skip
    return scope.pk


def added_up(limit: int) -> list[tuple[int, Decimal, int]]:
    sums: dict[int, list[Any]] = defaultdict(lambda: [Decimal(0), 0])
    for key, revenue, rows in SummaryEntry.objects.values_list("key_id", "revenue", "rows"):
        sums[key][0] += revenue
        sums[key][1] += rows
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return [(key, revenue, rows) for key, (revenue, rows) in ordered[:limit]]


def found(scope: int, limit: int) -> list[tuple[int, Decimal, int]]:
    rows = largest(scope, Dimension.TRACK, MONTHS, limit)
    return [(row["key_id"], row["revenue"], row["rows"]) for row in rows]


@pytest.mark.parametrize("shape", ["alike", "few are large", "all below zero", "equal", "each month its own"])
@pytest.mark.parametrize("limit", [1, 3, 40])
def test_whatever_the_amounts_the_list_is_the_same(organisation: Organisation, shape: str, limit: int) -> None:
    rng = random.Random(f"{shape}{limit}")
    scope = entries(organisation, {(n, month): amount(shape, n, month, rng) for n in range(200) for month in MONTHS})
    assert found(scope, limit) == added_up(limit)


def amount(shape: str, n: int, month: int, rng: random.Random) -> Decimal:
    noise = Decimal(rng.randrange(10**6)).scaleb(-3)
    return {
        "alike": noise,
        "few are large": noise + 10**6 // (n + 1),
        "all below zero": -noise,
        "equal": Decimal(1),
        "each month its own": noise + (10**5 if n % len(MONTHS) == MONTHS.index(month) else -(10**5)),
    }[shape]


def test_a_key_that_is_never_among_the_first_of_a_month_can_be_the_first_of_all(organisation: Organisation) -> None:
    """In each month thirty others are larger, and lose it all in the next one."""
    amounts = {(n, month): Decimal(0) for n in range(121) for month in MONTHS}
    for n in range(120):
        best = MONTHS[n // 30]
        amounts |= {(n, month): Decimal(100) if month == best else Decimal(-50) for month in MONTHS}
    amounts |= {(120, month): Decimal(99) for month in MONTHS}
    scope = entries(organisation, amounts)
    assert found(scope, 1) == added_up(1)
    assert found(scope, 1)[0][1] == 396


def test_most_lists_need_no_second_look(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    shape = "few are large"
    scope = entries(organisation, {(n, month): amount(shape, n, month, rng) for n in range(300) for month in MONTHS})
    expected = added_up(3)
    monkeypatch.setattr(largest_keys, "_added_up", lambda given: pytest.fail("everything was added up"))
    assert found(scope, 3) == expected


def test_without_months_there_is_no_list(organisation: Organisation) -> None:
    assert largest(1, Dimension.TRACK, [], 10) == []


@pytest.mark.parametrize(
    ("row", "limit", "certain"),
    [
        ((1, 1, 1, Decimal(5), Decimal(5), True), 1, False),
        ((1, 1, 1, Decimal(6), Decimal(5), True), 1, True),
        ((1, 1, 1, Decimal(6), Decimal(5), True), 2, False),
        ((1, 1, 1, Decimal(-6), None, False), 2, True),
    ],
)
def test_a_list_is_certain_when_no_key_left_out_can_be_in_it(row: tuple[Any, ...], limit: int, certain: bool) -> None:
    assert is_certain([row], limit) is certain
