"""Promise 14: text in a CSV that a spreadsheet would run as a formula gets an apostrophe."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from oas.kernel.csv_safety import harmless, harmless_column

STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("start", [*STARTS, " =", "\x00=", "\uff1d", "\uff0b", "  @", "\n="])
def test_text_that_would_run_gets_an_apostrophe(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("text", ["Night Bus", "1+1", "a=b", "'quoted", "", "Ünter - Strich"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


@examples(max_examples=300, deadline=None, derandomize=True, database=None)
@given(text=st.text(max_size=30))
def test_a_cell_and_a_column_follow_one_rule(text: str) -> None:
    column = pl.DataFrame({"text": [text]}).select(text=harmless_column(pl.col("text")))["text"][0]
    assert column == harmless(text)
    assert not harmless(text).lstrip(" ").startswith(STARTS)
