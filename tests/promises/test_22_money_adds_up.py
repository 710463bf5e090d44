"""Promise 22: every line and every amount is accepted, rejected or skipped, and the sums tie."""

from __future__ import annotations

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.glider.driving import distrokid, drive

AMOUNT = st.decimals(min_value=-(10**6), max_value=10**6, allow_nan=False, allow_infinity=False, places=9)
CELL = AMOUNT.map(str) | st.sampled_from(["", "n/a", "1.234,56", "--1", "NaN", "1e999", "infinity"])
LINE = st.tuples(st.sampled_from(["2025-06", "2025-07", "nonsense"]), st.integers(-5, 10**6), CELL)


@examples(max_examples=15, deadline=None, derandomize=True, database=None)
@given(lines=st.lists(LINE, max_size=30), good=AMOUNT)
def test_lines_and_amounts_read_equal_those_accepted_rejected_and_skipped(
    lines: list[tuple[str, int, str]], good: Decimal
) -> None:
    rows = [f"{month}|Spotify|Song|QZAAA2500001||{count}|{cell}" for month, count, cell in lines]
    # Most cells have a point, so that it is the decimal mark of the column. With more commas `good` would be no amount.
    points = ["2025-07|Spotify|Song|QZAAA2500001||1|0.25"] * (len(lines) + 1)
    content = distrokid(f"2025-07|Spotify|Song|QZAAA2500001||1|{good}", *points, *rows)
    with tempfile.TemporaryDirectory() as folder:
        driven = drive(content, Path(folder))
        figures, accepted = driven.figures, driven.accepted
    assert figures.rows_read == figures.accepted + figures.rejected + figures.skipped == 2 * (len(lines) + 1)
    assert figures.net_read == figures.net_accepted + figures.net_rejected
    taken = sum(accepted["net"].to_list(), Decimal(0))
    assert figures.net_accepted == taken == independent(content, accepted["source_row"].to_list())
    assert all(check.tied for check in figures.checks)


def independent(content: str, taken: list[int]) -> Decimal:
    """Return the sum of the lines with the numbers `taken`, read with the standard library."""
    rows = list(csv.DictReader(io.StringIO(content), delimiter="\t"))
    return sum((Decimal(rows[number - 2]["Earnings (USD)"]) for number in taken), Decimal(0))
