"""Exact numbers as text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oas.kernel.amounts import format_amount


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-18"), "0.000000000000000001"),
        (Decimal("-0.00"), "0"),
        (Decimal("-0.10"), "-0.1"),
        (Decimal("0E-18"), "0"),
        (Decimal("-3.2E-5"), "-0.000032"),
        (
            Decimal("123456789012345678901234567890.123456789012345678"),
            "123456789012345678901234567890.123456789012345678",
        ),
        (100, "100"),
        (0, "0"),
    ],
)
def test_every_digit_that_counts_is_there_and_no_other(value: Decimal | int, text: str) -> None:
    assert format_amount(value) == text
