"""Spans of months that a report may have."""

from __future__ import annotations

import pytest
import time_machine

from reports.errors import BadPeriod
from reports.periods import MOST_MONTHS, check_span, month_before


@time_machine.travel("2025-03-31T23:59:59Z")
def test_a_span_up_to_this_month_is_returned_as_it_is() -> None:
    assert check_span("2024-12", "2025-03") == ("2024-12", "2025-03")
    assert check_span("2025-03", "2025-03") == ("2025-03", "2025-03")


def test_a_span_has_at_most_so_many_months() -> None:
    assert MOST_MONTHS == 600
    assert check_span("1975-01", "2024-12") == ("1975-01", "2024-12")
    with pytest.raises(BadPeriod) as refused:
        check_span("1974-12", "2024-12")
    assert (refused.value.attr, refused.value.code) == ("from", "too_many_periods")


@pytest.mark.parametrize(
    ("first", "last", "attr", "code"),
    [
        ("2025-1", "2025-12", "period_from", "period"),
        ("2025-01", "2025-13", "period_to", "period"),
        ("2025-01", "2999-01", "period_to", "future_period"),
        ("2025-03", "2025-02", "period_from", "from_after_to"),
    ],
)
def test_a_refusal_names_the_field_as_the_caller_calls_it(first: str, last: str, attr: str, code: str) -> None:
    with pytest.raises(BadPeriod) as refused:
        check_span(first, last, names=("period_from", "period_to"))
    assert (refused.value.attr, refused.value.code) == (attr, code)


def test_the_month_before_january_is_december() -> None:
    assert (month_before("2025-01"), month_before("2025-12")) == ("2024-12", "2025-11")
