"""Derived cells: what a layout joins, sums, chooses by level or negates is parsed like any other cell."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from glider.layouts.registry import read_layout
from tests.glider.driving import Driven, drive, settings

LAYOUT = """
name = "derived"
title = "A layout in which nothing is as it is needed"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Year", "Month", "Song", "Sales", "Bonus", "Fee"] }
currency = { fixed = "EUR" }
decimals = "comma"
columns = { quantity = "Units" }
joined = { period = ["Year", "Month"] }
sums = { net = { plus = ["Sales", "Bonus"], minus = "Fee" } }
level = { columns = "Type", values = { Album = "release" }, default = "track" }
by_level = { track = { track = "Song" }, release = { release = "Song" } }
sign = [{ column = "Kind", equals = "Return", fields = ["net", "quantity"] }]
"""
HEADER = "Year;Month;Type;Song;Sales;Bonus;Fee;Units;Kind"


def cleaned(folder: Path, *lines: str) -> Driven:
    layouts = (read_layout(LAYOUT, "derived.toml"),)
    return drive("\n".join([HEADER, *lines]) + "\n", folder, replace(settings(), layouts=layouts))


def net_of(folder: Path, line: str) -> Decimal | str:
    """The net of a line, or the reason why it is no sale line. A sale beside it keeps the file valid."""
    driven = cleaned(folder, line, "2025;7;Track;S;1,5;;;1;")
    return driven.reasons().get(2) or driven.lines["net"][0]


@pytest.mark.parametrize(
    ("cells", "net"),
    [
        ("1,50;0,25;0,75", Decimal("1.00")),
        ("1,50;;", Decimal("1.50")),
        (";;0,75", "missing_net"),
        ("1,50;x;", "bad_net"),
        ("100000000000000000;1,5;", "bad_net"),
    ],
)
def test_a_sum_counts_blanks_as_nothing_and_needs_one_summand(cells: str, net: Decimal | str, tmp_path: Path) -> None:
    assert net_of(tmp_path, f"2025;7;Track;S;{cells};1;") == net


@pytest.mark.parametrize(("sales", "units"), [("1,5", "2"), ("-1,5", "-2")])
def test_a_return_is_negative_whether_the_file_has_the_minus_or_not(sales: str, units: str, tmp_path: Path) -> None:
    line = cleaned(tmp_path, f"2025;7;Track;S;{sales};;;{units};return").lines.row(0, named=True)
    assert (line["net"], line["quantity"]) == (Decimal("-1.5"), -2)


def test_a_line_without_the_mark_of_a_return_keeps_its_sign(tmp_path: Path) -> None:
    line = cleaned(tmp_path, "2025;7;Track;S;-1,5;;;-2;Sale").lines.row(0, named=True)
    assert (line["net"], line["quantity"]) == (Decimal("-1.5"), -2)


@pytest.mark.parametrize(("year", "month"), [("2025", "7"), ("2025", "07"), ("2025.0", "7.0")])
def test_year_and_month_are_joined_to_a_period(year: str, month: str, tmp_path: Path) -> None:
    assert cleaned(tmp_path, f"{year};{month};Track;S;1,5;;;1;").figures.periods == ["2025-07"]


def test_a_period_needs_both_of_its_columns(tmp_path: Path) -> None:
    assert net_of(tmp_path, "2025;;Track;S;1,5;;;1;") == "missing_period"


def test_one_column_is_the_title_of_a_track_or_a_release_by_the_level(tmp_path: Path) -> None:
    lines = cleaned(tmp_path, "2025;7;Track;One;1,5;;;1;", "2025;7;Album;Two;1,5;;;1;").lines
    assert lines.select("level", "track", "release").rows() == [("track", "One", None), ("release", None, "Two")]


REFUNDS = """
name = "refunds"
title = "A layout that leaves the net of refunds out"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Month", "Type", "Song", "Net"] }
currency = { fixed = "EUR" }
columns = { period = "Month", track = "Song", net = "Net" }
sign = [{ column = "Type", equals = "out", fields = ["net"], unless_signed = true }]
[[fallback]]
field = "net"
column = "Type"
equals = ["refund"]
plus = "Sub"
minus = ["Fee"]
optional = "Extra"
negative = true
"""


def refunds(folder: Path, *lines: str, header: str = "Month;Type;Song;Sub;Fee;Extra;Net") -> Driven:
    layouts = (read_layout(REFUNDS, "refunds.toml"),)
    return drive("\n".join([header, *lines]) + "\n", folder, replace(settings(), layouts=layouts))


SALE = "2025-07;sale;S;1;;;1.5"


@pytest.mark.parametrize(
    ("line", "net"),
    [
        ("2025-07;refund;S;-14;-0.57;;", "-13.43"),
        ("2025-07;Refund;S;-14;;-1;", "-15"),
        ("2025-07;refund;S;-14;-0.57;;-1", "-1"),  # its own net counts
        ("2025-07;refund;S;0;;;", "0"),
        ("2025-07;refund;S;14;-0.57;;", "missing_net"),  # a refund that brings money is a guess
        ("2025-07;refund;S;;-0.57;;", "missing_net"),
        ("2025-07;sale;S;14;0.57;;", "missing_net"),
        ("2025-07;refund;S;-14;x;;", "bad_net"),
    ],
)
def test_a_number_that_is_left_blank_is_calculated_in_the_lines_of_the_rule(
    line: str, net: str, tmp_path: Path
) -> None:
    driven = refunds(tmp_path, line, SALE)
    found = driven.reasons().get(2) or driven.lines["net"][0]
    assert found == (Decimal(net) if "net" not in net else net)


def test_a_calculated_number_is_read_like_the_column_that_has_a_comma(tmp_path: Path) -> None:
    driven = refunds(tmp_path, "2025-07;refund;S;-14,00;-0,57;;", "2025-07;sale;S;1,00;;;1,25")
    assert driven.lines["net"].to_list() == [Decimal("-13.43"), Decimal("1.25")]


def test_nothing_is_calculated_without_one_of_the_columns(tmp_path: Path) -> None:
    lines = ("2025-07;refund;S;-14;;", "2025-07;sale;S;1;;1.5")
    assert refunds(tmp_path, *lines, header="Month;Type;Song;Sub;Extra;Net").reasons() == {2: "missing_net"}


def test_a_column_of_some_files_only_may_lack(tmp_path: Path) -> None:
    lines = ("2025-07;refund;S;-14;-0.57;", "2025-07;sale;S;1;;1.5")
    driven = refunds(tmp_path, *lines, header="Month;Type;Song;Sub;Fee;Net")
    assert driven.lines["net"].to_list() == [Decimal("-13.43"), Decimal("1.5")]


@pytest.mark.parametrize("minus", ["-2", "(2)", "2-", "\u22122"])
def test_a_table_that_signs_its_numbers_itself_keeps_them(minus: str, tmp_path: Path) -> None:
    driven = refunds(tmp_path, f"2025-07;out;S;;;;{minus}", "2025-07;out;S;;;;0.5", SALE)
    assert driven.accepted["net"].to_list() == [Decimal(-2), Decimal("0.5"), Decimal("1.5")]


def test_a_table_that_signs_none_of_them_has_them_signed(tmp_path: Path) -> None:
    driven = refunds(tmp_path, "2025-07;out;S;;;;2", "2025-07;out;S;;;;0.5", SALE)
    assert driven.lines["net"].to_list() == [Decimal(-2), Decimal("-0.5"), Decimal("1.5")]
