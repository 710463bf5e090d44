"""Text that a spreadsheet would run as a formula (OWASP, "CSV Injection")."""

from __future__ import annotations

import polars as pl
import pytest

from oas.kernel.csv_safety import harmless, harmless_column


def both(text: str) -> set[str]:
    """What the two functions make of a text."""
    column = pl.select(harmless_column(pl.lit(text))).item()
    return {harmless(text), column}


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@a", "\ta", "\ra", "\na", "  =1", "\u3000=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"],
)
def test_every_way_to_begin_a_formula_is_disarmed(text: str) -> None:
    assert both(text) == {f"'{text}"}


@pytest.mark.parametrize("text", ["", "Aurora", "a=b", "1+1", "'quoted", "Mötley", " leading"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert both(text) == {text}


@pytest.mark.parametrize(("text", "shown"), [("\x00=1", "'=1"), (" \x00 @x", "'  @x"), ("a\x00b", "ab")])
def test_nul_is_taken_out(text: str, shown: str) -> None:
    assert both(text) == {shown}
