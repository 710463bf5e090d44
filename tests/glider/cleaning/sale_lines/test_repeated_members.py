"""The same lines in two members or sheets count once, and a warning names both."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.cleaning.input.containers import Cell, archive, rows_of, workbook
from tests.glider.driving import distrokid, drive, not_tied

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-07|iTunes|Song Two|QZAAA2500002|036000291452|4|0.25"
THREE = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|1|0.125"


def rows(*lines: str) -> list[list[Cell]]:
    return rows_of(distrokid(*lines))


def test_two_sheets_with_the_same_lines_count_once(tmp_path: Path) -> None:
    driven = drive(workbook({"All": rows(ONE, TWO), "Artist A only": rows(TWO, ONE)}), tmp_path)
    assert (driven.figures.rows_read, driven.figures.accepted, driven.figures.net_accepted) == (2, 2, Decimal("0.75"))
    assert driven.accepted["source_part"].to_list() == ["All", "All"]
    assert driven.figures.warnings == ["Artist A only holds the same lines as All and was left out."]
    assert not_tied(driven) == []


@pytest.mark.parametrize("first", [True, False])
def test_a_sheet_with_some_of_anothers_lines_is_left_out(first: bool, tmp_path: Path) -> None:
    sheets = {"Part": rows(TWO, ONE), "All": rows(ONE, TWO, THREE)}
    driven = drive(workbook(sheets if first else dict(reversed(sheets.items()))), tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (3, Decimal("0.875"))
    assert driven.figures.warnings == ["All 2 lines of Part are among those of All; it was left out."]


def test_a_statement_that_is_in_an_archive_as_csv_and_as_workbook_counts_once(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "july.csv": distrokid(ONE, TWO),
        "july.xlsx": workbook({"Sales": rows(ONE, TWO)}),
    }
    driven = drive(archive(members), tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (2, Decimal("0.75"))
    assert driven.figures.warnings == ["july.xlsx/Sales holds the same lines as july.csv and was left out."]


def test_lines_that_are_in_a_member_twice_and_in_another_once_are_no_part_of_it(tmp_path: Path) -> None:
    driven = drive(workbook({"One": rows(ONE, ONE), "Two": rows(ONE, TWO, THREE)}), tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (5, Decimal("1.875"))
    assert driven.figures.warnings == []


def test_equal_sales_of_two_statements_both_count(tmp_path: Path) -> None:
    """Only the reporting date, which is no part of a sale line, tells them apart."""
    later = distrokid(ONE).replace("2025-09-25", "2025-09-26")
    driven = drive(archive({"a.csv": distrokid(ONE, TWO), "b.csv": later}), tmp_path)
    assert (driven.figures.accepted, driven.figures.warnings) == (3, [])


def test_a_rejected_line_that_only_the_smaller_one_has_keeps_it(tmp_path: Path) -> None:
    sheets = {"Part": rows(ONE, TWO.replace("0.25", "?")), "All": rows(ONE, TWO, THREE)}
    driven = drive(workbook(sheets), tmp_path)
    assert (driven.figures.accepted, driven.figures.rejected) == (4, 1)
