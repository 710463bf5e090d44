"""Read plans: the decimal mark of a column is that of its cells, wherever in it they show it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import Cell, workbook
from tests.glider.driving import BELIEVE, DISTROKID_2025, believe, distrokid, drive


def cause_of(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        drive(content, folder)
    return failed.value.cause, failed.value.message


def test_a_comma_as_decimal_mark_is_found_in_the_column(tmp_path: Path) -> None:
    driven = drive(believe(("1.234,50", "1.049,325"), ("0,5", "0,425"), ("", "(1)")), tmp_path)
    assert driven.figures.net_accepted == Decimal("1048.75")
    assert driven.accepted["gross"].to_list() == [Decimal("1234.5"), Decimal("0.5"), None]


def test_a_point_in_a_comma_layout_is_found_too(tmp_path: Path) -> None:
    assert drive(believe(("1234.5", "1049.3250")), tmp_path).figures.net_accepted == Decimal("1049.325")


def test_amounts_that_can_be_read_two_ways_are_refused(tmp_path: Path) -> None:
    cause, message = cause_of(believe(("1.234", "1.049"), ("5", "4")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'Net Revenue'" in message or "'Gross Revenue'" in message


def test_the_evidence_may_be_anywhere_in_the_column(tmp_path: Path) -> None:
    pairs = [("1.234", "1.049")] * 5000 + [("0,5", "0,4250")]
    assert drive(believe(*pairs), tmp_path).figures.net_accepted == 1049 * 5000 + Decimal("0.425")


# --- what one cell can be, and what only its column decides ---


def distrokid_2025(*earnings: str) -> str:
    start = "2026-03-25;2026-03-25;2026-02;Spotify;Nora Vale;Slow Tide;QZAAA2600001;036000291452;1;100;Song;FR;0;"
    return "\n".join([DISTROKID_2025.replace(",", ";"), *(f"{start}{earning};" for earning in earnings)]) + "\n"


def test_a_group_after_a_leading_zero_is_decimals_also_in_a_layout_with_points(tmp_path: Path) -> None:
    figures = drive(distrokid_2025("0,412", "0,020", "0,153"), tmp_path).figures
    assert (figures.accepted, figures.net_by_currency) == (3, {"USD": Decimal("0.585")})


def test_a_cell_that_contradicts_its_column_is_rejected_with_that_reason(tmp_path: Path) -> None:
    driven = drive(distrokid_2025("0.5", "0.25", "0,412", "0.1"), tmp_path)
    assert driven.figures.net_accepted == Decimal("0.85")
    assert driven.reasons() == {4: "other_decimal_mark"}
    assert "the decimal mark" in driven.rejects()[0]["expected"]


def test_three_decimals_after_a_zero_decide_a_column(tmp_path: Path) -> None:
    driven = drive(believe(("0,3720", "0,316"), ("1,234", "0,935"), ("0,3720", "1,153")), tmp_path)
    assert driven.figures.net_accepted == Decimal("2.404")
    assert driven.accepted["gross"].sum() == Decimal("1.978")


def test_an_open_column_is_refused_with_an_example_and_its_line(tmp_path: Path) -> None:
    cause, message = cause_of(believe(("5", "4"), ("6", "1,234"), ("7", "2,500")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'Net Revenue'" in message
    assert "'1,234' in line 3" in message
    assert "such as 0.50 or 0,50" in message


def test_a_column_that_contradicts_itself_is_refused_where_a_cell_has_two_readings(tmp_path: Path) -> None:
    cause, message = cause_of(believe(("5", "0.5"), ("6", "0,25"), ("7", "0.75"), ("8", "1,234")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'1,234' in line 5" in message
    assert "contradict each other ('0.5' and '0,25')" in message


def test_whole_numbers_have_one_reading(tmp_path: Path) -> None:
    assert drive(believe(("5", "4"), ("60", "1234")), tmp_path).figures.net_accepted == 1238


def test_a_stray_cell_beyond_the_first_lines_is_rejected_not_read_as_thousands(tmp_path: Path) -> None:
    lines = ["2025-07|Spotify|S|||1|0.5"] * 3000
    driven = drive(distrokid(*lines, "2025-07|Spotify|S|||1|0,412"), tmp_path)
    assert (driven.figures.net_accepted, driven.reasons()) == (Decimal(1500), {3002: "other_decimal_mark"})


def sheet_of(*amounts: Cell) -> bytes:
    start: list[Cell] = ["2026/05/01", "2026/03/01", "Spotify", "Germany", "Label A", "Nora Vale", "Tides", "Slow 1"]
    start += ["3617380567893", "DEA1D2600001", "AA-01", "Premium", "Music Release", "Stream", 10, "EUR", "0,0031", "0"]
    rows: list[list[Cell]] = [[*start, "0,3720", "0,85", amount] for amount in amounts]
    return workbook({"Sheet1": [[*BELIEVE.split(";")], *rows]})


def test_true_numbers_stand_beside_texts_with_commas(tmp_path: Path) -> None:
    figures = drive(sheet_of("0,3162", "0,9350", 0.153, 1.234, "1.234", -12.345, 7), tmp_path).figures
    assert (figures.accepted, figures.net_accepted) == (7, Decimal("1231.2932"))


def test_a_text_with_two_readings_beside_true_numbers_is_refused(tmp_path: Path) -> None:
    cause, message = cause_of(sheet_of(0.153, 0.5, "1,234"), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'1,234' in line 4" in message


@pytest.mark.parametrize(
    ("earnings", "net"),
    [
        (("0,4", "1.234,5"), "1234.9"),
        (("-0,012", "(0,5)", "1,25-"), "-1.762"),
        (("€ 0,99", "1,01 €"), None),  # another currency than the column's
        (("$ 0.99", "US$1,000.01"), "1001"),
        (("1 234,5", "0,5"), "1235"),
        (("1'234.50", ".5"), "1235"),
        (("3,5E-05", "1"), "1.000035"),
        (("0,000407547753", "0,020"), "0.020407547753"),
        (("1.234.567", "0,1"), "1234567.1"),
        (("1,234,567", "0.1"), "1234567.1"),
        (("12345,678", "7"), "12352.678"),
        (("1,234", "0.020"), "1234.02"),
        (("1.234", "0,020"), "1234.02"),
    ],
)
def test_amounts_in_many_notations_are_read_by_what_the_column_shows(
    earnings: tuple[str, ...], net: str | None, tmp_path: Path
) -> None:
    driven = drive(distrokid_2025(*earnings), tmp_path) if net else None
    if driven is None:
        assert cause_of(distrokid_2025(*earnings), tmp_path)[0] is Cause.NO_VALID_ROWS
    else:
        assert (driven.figures.rejected, driven.figures.net_accepted) == (0, Decimal(net or 0))
