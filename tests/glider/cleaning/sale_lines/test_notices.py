"""Notices: what a user should know of a table whose lines are written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from glider.layouts.registry import read_layout
from tests.glider.driving import DISTROKID, DISTROKID_2025, Driven, distrokid, drive, settings

LAYOUT = """
name = "noticed"
title = "A layout with an identity"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["From", "To", "Song", "Net"] }
currency = { account = true }
columns = { period = "From", period_end = "To", track = "Song", net = "Net", quantity = "Units" }
identities = [{ times = ["Units", "Price"], equals = "Net", tolerance = "0.01", stops = true }]
"""
HEADER = "From,To,Song,Units,Price,Net"
MONTH = "2025-07-01,2025-07-31"
IDENTITY = "Units * Price = Net"
OF_ACCOUNT = "The file does not say its currency; that of the account, SEK, was taken."


def cleaned(folder: Path, *lines: str, header: str = HEADER, more: str = "") -> Driven:
    layouts = (read_layout(LAYOUT + more, "noticed.toml"),)
    how = replace(settings(), layouts=layouts, account_currency="SEK")
    return drive("\n".join([header, *lines]) + "\n", folder, how)


def identity_check(driven: Driven) -> tuple[str, bool]:
    """In how many lines the identity fails, and whether the check ties."""
    return next(
        (c.found, c.tied) for c in driven.figures.checks if c.name == f"lines in which {IDENTITY} does not hold"
    )


def test_numbers_of_a_line_that_do_not_fit_each_other_are_counted_with_the_first_line(tmp_path: Path) -> None:
    driven = cleaned(tmp_path, f"{MONTH},A,2,0.5,1", f"{MONTH},B,2,0.5,1.02", f"{MONTH},C,2,0.5,1.03")
    assert identity_check(driven) == ("2", False)
    assert driven.figures.warnings == [OF_ACCOUNT, f"{IDENTITY} does not hold in 2 lines; the first is line 3."]


@pytest.mark.parametrize("net", ["1", "1.01", "0.99"])
def test_what_rounding_may_cost_is_no_fault(net: str, tmp_path: Path) -> None:
    driven = cleaned(tmp_path, f"{MONTH},A,2,0.5,{net}")
    assert identity_check(driven) == ("0", True)
    assert driven.figures.warnings == [OF_ACCOUNT]


def test_a_line_with_a_cell_that_is_no_number_does_not_count(tmp_path: Path) -> None:
    assert identity_check(cleaned(tmp_path, f"{MONTH},A,2,0.5,1", f"{MONTH},B,2,0.5,x")) == ("0", True)


def test_an_identity_is_not_checked_in_a_table_that_lacks_a_column_of_it(tmp_path: Path) -> None:
    driven = cleaned(tmp_path, f"{MONTH},A,2,1", header="From,To,Song,Units,Net")
    assert [check.name for check in driven.figures.checks if IDENTITY in check.name] == []


def test_a_span_of_two_columns_that_is_longer_than_a_month_is_named(tmp_path: Path) -> None:
    driven = cleaned(tmp_path, f"{MONTH},A,2,0.5,1", "2025-07-01,2025-09-30,B,2,0.5,1")
    text = "Periods such as 2025-07-01 to 2025-09-30 are longer than a month; they are kept under their first month."
    assert driven.figures.warnings == [OF_ACCOUNT, text]


def test_a_layout_that_has_only_the_month_of_the_statement_warns_of_it(tmp_path: Path) -> None:
    driven = cleaned(tmp_path, f"{MONTH},A,2,0.5,1", more="dates = { of_statement = true }\n")
    text = "The file does not say the month of a sale; lines are kept under the month of the statement."
    assert driven.figures.warnings == [OF_ACCOUNT, text]


def test_a_table_without_lines_is_a_statement_of_nothing(tmp_path: Path) -> None:
    driven = cleaned(tmp_path, more="file = { empty_ok = true }\n")
    assert driven.figures.warnings == ["The file states that there is nothing to account for."]


# --- codes that a spreadsheet rounded ---


def album(title: str, upc: str, earning: str) -> str:
    return f"2026-03-25,2026-03-25,2026-02,iTunes,Nora Vale,{title},,{upc},1,100,Album,US,0,{earning},"


def releases(driven: Driven) -> dict[str, Decimal]:
    """Name → net of each release of the file."""
    return dict(driven.imported()[0].totals["release"].select("name", "net").iter_rows())


@pytest.mark.parametrize("upc", ["8.60E+11", "8.6e+11", "8.60123E+11", "4.00638E+12", "9E+12", "8.6E11", "8.60E+0011"])
def test_a_rounded_upc_joins_no_two_releases_and_is_counted(upc: str, tmp_path: Path) -> None:
    albums = [album("Glass Garden", upc, "6.3"), album("Other Album", upc, "5.0"), album("Tide", "036000291452", "1")]
    driven = drive("\n".join([DISTROKID_2025, *albums]) + "\n", tmp_path)
    assert driven.accepted["upc"].to_list() == [upc, upc, "036000291452"]
    assert driven.figures.warnings == [
        f"The UPC of 2 lines is none: a spreadsheet rounded it, as in {upc}. "
        "Such lines are counted under artist and title."
    ]
    assert releases(driven) == {"Glass Garden": Decimal("6.3"), "Other Album": Decimal(5), "Tide": Decimal(1)}


def test_other_codes_that_are_no_upc_keep_their_lines_together(tmp_path: Path) -> None:
    lines = [f"2025-07|Spotify|S|QZAAA2500001|{upc}|1|1" for upc in ("A123", "A123", "036000291452")]
    driven = drive(distrokid(*lines), tmp_path)
    assert driven.figures.warnings == []
    assert driven.imported()[0].totals["release"]["upc"].sort().to_list() == ["036000291452", "A123"]


# --- territories ---


def sold_in(*territories: str) -> str:
    """A classic DistroKid file with a line of 0.5 USD for each territory."""
    line = distrokid("2025-07|Spotify|Song|QZAAA2500001||1|0.5").splitlines()[1]
    return "\n".join([DISTROKID, *(line.replace("\tUS\t", f"\t{name}\t") for name in territories)]) + "\n"


def test_unknown_territories_and_regions_are_named_with_their_lines_and_money(tmp_path: Path) -> None:
    driven = drive(sold_in("Atlantis", "Germany", "Europe", "Atlantis", "Rest of World", "Avalon", "", "XW"), tmp_path)
    assert driven.figures.warnings == [
        "Regions are no countries: Europe (1 line, 0.5 USD), Rest of World (1 line, 0.5 USD); they are kept under ZZ.",
        "Unknown territories: Atlantis (2 lines, 1 USD), Avalon (1 line, 0.5 USD); they are kept under ZZ.",
    ]
    assert driven.accepted["territory"].to_list() == ["ZZ", "DE", "ZZ", "ZZ", "ZZ", "ZZ", "ZZ", "XW"]


def test_a_file_without_unknown_territories_gets_no_notice_of_them(tmp_path: Path) -> None:
    assert drive(sold_in("DE", "", "The Netherlands", "Worldwide"), tmp_path).figures.warnings == []


def test_of_many_unknown_territories_the_largest_are_named(tmp_path: Path) -> None:
    warning = drive(sold_in(*(f"Nowhere {n:02}" for n in range(23))), tmp_path).figures.warnings[0]
    assert "Nowhere 19 (1 line, 0.5 USD) and 3 more; they are kept under ZZ." in warning
    assert "Nowhere 20" not in warning
