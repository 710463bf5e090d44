"""Numbers are compared as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from totals.difference import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.5"), ("1.50", "1.5"), ("-0.0", "0"), (3, "3"), ("1.2.3", "1.2.3"), (".5", "0.5"),
        ("QZAAA2500001", "QZAAA2500001"), (None, "None"), ("", ""),
    ],
)  # fmt: skip
def test_the_same_number_is_the_same_text(value: Any, text: str) -> None:
    assert text_of(value) == text
