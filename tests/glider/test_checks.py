"""Identities between figures: exact, and shown as decimal strings."""

from __future__ import annotations

from decimal import Decimal

import pytest

from glider.checks import check, not_tied
from glider.contract import Check


@pytest.mark.parametrize(
    ("expected", "found", "wanted"),
    [
        (3, 3, Check(name="lines", expected="3", found="3", tied=True)),
        (3, 4, Check(name="lines", expected="3", found="4", tied=False)),
        (Decimal("1.50"), Decimal("1.5"), Check(name="lines", expected="1.5", found="1.5", tied=True)),
        (
            Decimal("12345678901234567890.000000000000000001"),
            Decimal("12345678901234567890.000000000000000002"),
            Check(
                name="lines",
                expected="12345678901234567890.000000000000000001",
                found="12345678901234567890.000000000000000002",
                tied=False,
            ),
        ),
        (Decimal("-0"), 0, Check(name="lines", expected="0", found="0", tied=True)),
        (Decimal("1E+3"), 1000, Check(name="lines", expected="1000", found="1000", tied=True)),
    ],
)
def test_an_identity_is_compared_to_the_last_digit(
    expected: Decimal | int, found: Decimal | int, wanted: Check
) -> None:
    assert check("lines", expected, found) == wanted


def test_only_identities_with_two_different_sides_are_not_tied() -> None:
    checks = [check("one", 1, 1), check("two", 2, 3), check("three", Decimal("0.1"), Decimal("0.10"))]
    assert [each.name for each in not_tied(checks)] == ["two"]
