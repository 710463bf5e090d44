"""Any lines of any layout: each is accounted for, and the sums tie."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glider.canonical.schema import REASON
from glider.errors import JobFailed
from tests.glider.driving import Driven
from tests.glider.independent import Fixture, fixtures
from tests.glider.layouts.samples import Lines, Sheet, as_text, as_workbook, driven, sheets_of

FIXTURES = [fixture for fixture in fixtures() if not fixture.nothing]
JUNK = (
    "", " ", "0", "-1", "1e3", "1,234", "1.234,56", "(3.50)", "NaN", "inf", "9" * 40, "0." + "1" * 30, "=1+1", "None",
    "2025-13-45", "31/12/2025", "€", "\u00a0", "\u202e", '"', "x" * 500, "Total", "Totals", "\ufeff",
)  # fmt: skip
EXAMPLES = 8

changes = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(JUNK) | st.text(max_size=8)), max_size=12
)
order = st.lists(st.integers(0, 10**6), min_size=1, max_size=25)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=order, changes=changes)
def test_lines_in_any_order_with_any_cells_are_accounted_for(
    fixture: Fixture, order: list[int], changes: list[tuple[int, int, str]]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="oas-layouts-"))
    with suppress(JobFailed):
        _holds(driven(fixture, folder, _made(fixture, order, changes)))
    shutil.rmtree(folder)


def _made(fixture: Fixture, order: list[int], changes: list[tuple[int, int, str]]) -> bytes:
    """Lines of the sample, drawn again and again, with cells written over."""
    sheets = [Sheet(sheet.name, _drawn(fixture, sheet.lines, order, changes)) for sheet in sheets_of(fixture)]
    if fixture.sheets:
        return as_workbook([Sheet(sheet.name, _writable(sheet.lines)) for sheet in sheets])
    return as_text(fixture, sheets[0].lines, fixture.delimiter).encode("utf-8", "replace")


def _drawn(fixture: Fixture, lines: Lines, order: list[int], changes: list[tuple[int, int, str]]) -> Lines:
    above, sold = lines[: fixture.header], lines[fixture.header :]
    drawn = [list(sold[place % len(sold)]) for place in order] if sold else []
    for row, column, text in changes:
        if drawn and drawn[row % len(drawn)]:
            cells = drawn[row % len(drawn)]
            cells[column % len(cells)] = text if fixture.quoting else " ".join(text.split())
    return [*above, *drawn]


def _writable(lines: Lines) -> Lines:
    """Workbooks take no control characters."""
    return [["".join(mark for mark in cell if mark.isprintable()) for cell in cells] for cells in lines]


def _holds(found: Driven) -> None:
    figures, lines = found.figures, found.lines
    assert figures.rows_read == figures.accepted + figures.rejected + figures.skipped == lines.height
    assert sum(figures.reasons.values()) == figures.rejected + figures.skipped
    assert figures.net_read == figures.net_accepted + figures.net_rejected
    accepted = lines.filter(pl.col(REASON).is_null())
    assert (accepted["net"].sum() or Decimal(0)) == figures.net_accepted
    assert sum(figures.net_by_currency.values(), Decimal(0)) == figures.net_accepted
    assert accepted.select("period", "currency", "net", "quantity").null_count().row(0) == (0, 0, 0, 0)
