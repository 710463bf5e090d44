"""Months as text and as numbers."""

from __future__ import annotations

import pytest

from oas.kernel.periods import PERIOD, month_number, month_text, months_between, shifted


@pytest.mark.parametrize("text", ["2025-01", "2025-12", "0001-10", "9999-09"])
def test_a_period_is_a_year_and_a_month(text: str) -> None:
    assert PERIOD.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["", "2025", "2025-00", "2025-13", "2025-1", "25-01", "2025/01", "2025-01-01", "2025-01\n", "٢٠٢٥-01"]
)
def test_anything_else_is_no_period(text: str) -> None:
    assert not PERIOD.fullmatch(text)


@pytest.mark.parametrize(
    ("months", "expected"),
    [(0, "2025-01"), (1, "2025-02"), (11, "2025-12"), (12, "2026-01"), (-1, "2024-12"), (-13, "2023-12")],
)
def test_a_period_is_shifted_across_years(months: int, expected: str) -> None:
    assert shifted("2025-01", months) == expected


@pytest.mark.parametrize(("text", "number"), [("2025-03", 202503), ("2025-12", 202512), ("0001-01", 101)])
def test_a_period_is_the_same_month_as_text_and_as_number(text: str, number: int) -> None:
    assert (month_number(text), month_text(number)) == (number, text)


def test_months_between_two_include_both_and_those_of_the_year_in_between() -> None:
    assert months_between(202411, 202502) == [202411, 202412, 202501, 202502]
    assert months_between(202503, 202503) == [202503]
    assert months_between(202503, 202502) == []
