"""Stated totals: compared to as many decimals as the file states, and untied where they differ."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from glider.canonical.schema import AMOUNT
from glider.cleaning.recognition.stated_totals import StatedTotal, amount_of, compare_totals
from glider.contract import Check
from glider.layouts.registry import read_layout
from tests.glider.driving import drive, settings

NO_LINES = Path("none")  # only totals of certain rows ask for the lines themselves

LAYOUT = """
name = "own"
title = "A layout that states its total"
source = "made for this test"
evidence = "V"
currency = { fixed = "EUR" }
header = { fingerprint = ["Month", "Song", "Net"] }
columns = { period = "Month", track = "Song", net = "Net" }
totals = { footer = true, preamble = ["Total net"] }
skip = [{ column = "Month", equals = ["Total"] }]
"""


def stated(text: str, folder: Path) -> list[Check]:
    """The checks of a file of that layout, without the two that every file has first."""
    layouts = (read_layout(LAYOUT, "own.toml"),)
    return drive(text, folder, replace(settings(), layouts=layouts)).figures.checks[2:-1]


def file(above: str, lines: tuple[str, ...], below: str) -> str:
    return "\n".join([f"Total net,{above}", "Month,Song,Net", *lines, f"Total,,{below}"]) + "\n"


@pytest.mark.parametrize(
    ("above", "below", "tied"),
    [
        ("3.75", "3.75", (True, True)),
        ("3.76", "3.75", (False, True)),
        ("3.75", "3.7", (True, False)),
        ('"EUR 3.75"', "3.750", (True, True)),
        ("n/a", "3.75", (True,)),
    ],
)
def test_totals_above_and_below_the_lines_are_compared(
    above: str, below: str, tied: tuple[bool], tmp_path: Path
) -> None:
    checks = stated(file(above, ("2025-07,A,1.5", "2025-07,B,2.25"), below), tmp_path)
    assert tuple(check.tied for check in checks) == tied


def test_a_line_that_was_rejected_still_counts_for_what_the_file_adds_up(tmp_path: Path) -> None:
    checks = stated(file("3.75", ("2025-07,A,1.5", "2025-13,B,2.25"), "3.75"), tmp_path)
    assert [check.tied for check in checks] == [True, True]


def test_a_line_whose_amount_cannot_be_read_does_not(tmp_path: Path) -> None:
    checks = stated(file("3.75", ("2025-07,A,1.5", "2025-07,B,x"), "3.75"), tmp_path)
    assert [(check.expected, check.found, check.tied) for check in checks] == [
        ("3.75", "1.5", False),
        ("3.75", "1.5", False),
    ]


@pytest.mark.parametrize(
    ("expected", "sheet", "tied"),
    [
        ("1.2345", False, True),
        ("1.23", False, True),
        ("1.24", False, False),
        ("1.2346", False, False),
        ("1", False, False),
        ("1.23450000000000006", False, False),
        ("1.23450000000000006", True, True),
        ("1.234502", True, False),
    ],
)
def test_a_total_is_compared_as_exactly_as_it_is_stated(expected: str, sheet: bool, tied: bool) -> None:
    rows = {"source_part": ["a"], "source_row": [2], "currency": ["EUR"], "quantity": [3], "reason": [None]}
    net = pl.Series("net", [Decimal("1.2345")], dtype=AMOUNT)
    tally = pl.DataFrame(rows, schema_overrides={"reason": pl.String}).with_columns(net)
    check = compare_totals(tally, [StatedTotal("x", Decimal(expected), ("a",), sheet=sheet)], NO_LINES)[0]
    assert check.tied is tied


def test_units_are_compared_to_the_last() -> None:
    tally = pl.DataFrame({"source_part": ["a", "b"], "quantity": [3, 4], "reason": [None, "total_line"]})
    totals = [StatedTotal("three", Decimal(3), field="quantity"), StatedTotal("seven", Decimal(7), field="quantity")]
    assert [check.tied for check in compare_totals(tally, totals, NO_LINES)] == [True, False]


@pytest.mark.parametrize(
    ("cells", "amount"),
    [
        (["1.5", "2"], Decimal("3.5")),
        (["US$ 1.234,56", ""], Decimal("1234.56")),
        (["(1.00)", "2.00"], Decimal(1)),
        (["", "n/a"], None),
        ([], None),
        (["100"], Decimal(100)),
    ],
)
def test_sums_are_read_with_the_decimal_mark_they_show(cells: list[str], amount: Decimal | None) -> None:
    assert amount_of(cells) == amount


# --- totals that are right although they look different ---


@pytest.mark.parametrize(
    ("above", "lines", "below"),
    [
        ("3.75", ("2025-07,A,1.5001", "2025-07,B,2.2499"), "3.75"),
        ("4", ("2025-07,A,1.5", "2025-07,B,2.5"), "EUR 4.00"),
        ('"EUR 1.234,50"', ('2025-07,A,"1.234,00"', '2025-07,B,"0,50"'), '"1.234,50"'),
        ("(1.00)", ("2025-07,A,-1.5", "2025-07,B,0.5"), "-1"),
        ("3.7500", ("2025-07,Total Eclipse,1.5", "2025-07,Summer,2.25"), "3.75"),
        ("0.01", ("2025-07,A,0.0123", "2025-07,B,0"), "0.0123"),
        ("3.75", ("2025-07,A,1.5", "2025-13,B,2.25"), "3.75"),
        ('"1,234.50"', ("2025-07,A,1234", "2025-07,B,0.5"), "1234.5"),
    ],
)
def test_a_total_that_is_right_raises_no_alarm(above: str, lines: tuple[str, ...], below: str, tmp_path: Path) -> None:
    checks = stated(file(above, lines, below), tmp_path)
    assert [(check.name, check.expected, check.found) for check in checks if not check.tied] == []
    assert len(checks) >= 2
