"""Exact numbers: sums and products with every digit, and their text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oas.kernel.amounts import add_up, exact, format_amount


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


LARGEST = Decimal("99999999999999999999.999999999999999999")  # of numeric(38,18)


def test_a_sum_has_every_digit() -> None:
    assert add_up([]) == 0
    assert add_up([LARGEST, Decimal("1e-18")]) == Decimal(10) ** 20
    assert add_up([LARGEST] * 1000) == Decimal("99999999999999999999999.999999999999999000")
    assert add_up([LARGEST, Decimal(f"-{LARGEST}"), Decimal("1e-18")]) == Decimal("1e-18")


def test_a_product_of_two_amounts_has_every_digit() -> None:
    with exact():
        assert str(LARGEST * LARGEST).replace(".", "") == str(99999999999999999999999999999999999999**2)
        assert abs(-LARGEST) == LARGEST


def test_two_thousand_lines_in_rupiah_add_up() -> None:
    """One million dollars: 28 digits would end in the 17th place."""
    revenue = Decimal("8123456.123456789012345678")
    total = add_up([revenue] * 2000)
    assert format_amount(total) == "16246912246.913578024691356"
