"""The places of cells: by a report's own headings, else as its record types define them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.cleaning.readers.ddex.records import Cells, heading
from tests.glider.cleaning.readers.ddex.reports import (
    royalties,
)
from tests.glider.driving import drive


def test_a_version_of_tomorrow_is_read_by_the_names_the_report_gives(tmp_path: Path) -> None:
    names = "#LI01.09\tBlockId\tNew\tSummaryRecordId\tRightsController\tAllocatedAmount"
    lines = [line for line in royalties().splitlines() if not line.startswith("LI01")]
    lines[1:1] = [names]
    lines[-1:] = ["LI01.09\t1\tx\tS1\tPUB_1\t2.5", lines[-1]]
    driven = drive("\n".join(lines) + "\n", tmp_path)
    assert driven.figures.net_accepted == Decimal("2.5")


def test_a_cell_is_after_the_record_type_in_the_order_of_its_definition() -> None:
    assert Cells().place("FOOT", "NumberOfLinesInFile") == 1
    assert Cells().place("SY02.01", "SummaryRecordId") == 1
    assert Cells().place("FOOT", "SummaryRecordId") is None


def test_headings_count_before_the_definition_as_far_as_they_go() -> None:
    cells = Cells({"FOOT": ("new", "numberoflinesinfile")})
    assert cells.place("FOOT", "NumberOfLinesInFile") == 2
    assert cells.place("FOOT", "NumberOfSummaryRecords") == 3


@pytest.mark.parametrize(
    ("kind", "known"),
    [("SY02.01", True), ("SY02", True), ("SY02.99", False), ("XX01", False), ("DE07", True), ("DEAL", False)],
)
def test_a_record_type_is_known_with_its_version(kind: str, known: bool) -> None:
    assert Cells().knows(kind) is known


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#SY02.01\tSummaryRecordId\tUse Type\n", ("SY02.01", ("summaryrecordid", "use type"))),
        ("# a comment\twith a tab", None),
        ("#SY02.01", None),
    ],
)
def test_a_heading_is_a_comment_with_a_record_type_and_names(line: str, found: object) -> None:
    assert heading(line) == found
