"""What holds for all lines of a table: the nearest to the lines counts."""

from __future__ import annotations

from datetime import date

import pytest

from glider.cleaning.recognition.headers import Header, find_header
from glider.cleaning.recognition.metadata import FileMetadata, GivenMetadata, file_metadata, preamble_values
from glider.layouts.registry import read_layout

LAYOUT = """
name = "stated"
title = "A layout whose files state everything once"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Song", "Revenue {currency}"] }
columns = { track = "Song", net = ["Revenue {currency}", "Amount"] }
preamble = { currency = "Currency", period = "From", period_end = "To" }
filename = { matches = "(?P<currency>[A-Z]{3})_(?P<period>[0-9]{4}-[0-9Q]{2})", dates = ["year_month", "year_quarter"] }
"""
GIVEN = GivenMetadata(("member.csv", "file.csv"), reporting_period="2024-01", account_currency="SEK")


def header(*lines: str, layout: str = LAYOUT) -> Header:
    return find_header(lines, (read_layout(layout, "stated.toml"),))


def without_currency_in_header() -> str:
    return LAYOUT.replace('"Revenue {currency}"', '"Revenue"').replace('["Revenue"', '["Revenue"')


@pytest.mark.parametrize(
    ("names", "lines", "currency"),
    [
        (("USD_2025-07.csv",), ("Currency,GBP", "Song,Revenue EUR"), "EUR"),
        (("USD_2025-07.csv",), ("Currency,GBP", "Song,Revenue"), "GBP"),
        (("USD_2025-07.csv",), ("Song,Revenue",), "USD"),
        (("x.csv",), ("Song,Revenue",), None),
    ],
)
def test_a_currency_in_the_header_goes_before_the_preamble_and_that_before_the_name(
    names: tuple[str, ...], lines: tuple[str, ...], currency: str | None
) -> None:
    layout = LAYOUT if "EUR" in lines[-1] else without_currency_in_header()
    assert file_metadata(header(*lines, layout=layout), GivenMetadata(names)).currency == currency


@pytest.mark.parametrize(
    ("names", "above", "period"),
    [
        (("EUR_2025-07.csv",), ("From,2025-05-01", "To,2025-05-31"), date(2025, 5, 1)),
        (("EUR_2025-07.csv",), ("From,2025-05-01",), date(2025, 5, 1)),
        (("EUR_2025-07.csv",), ("From,soon",), date(2025, 7, 1)),
        (("EUR_2025-07.csv",), (), date(2025, 7, 1)),
        (("x.csv",), (), date(2024, 1, 1)),
    ],
)
def test_a_period_above_the_header_goes_before_the_name_and_that_before_the_user_s(
    names: tuple[str, ...], above: tuple[str, ...], period: date
) -> None:
    found = file_metadata(header(*above, "Song,Revenue EUR"), GivenMetadata(names, reporting_period="2024-01"))
    assert found.period == period


def test_the_name_of_a_member_goes_before_that_of_the_file() -> None:
    names = ("EUR_2025-07.csv", "USD_2025-08.zip")
    assert file_metadata(header("Song,Revenue EUR"), GivenMetadata(names)).period == date(2025, 7, 1)


def test_a_name_with_a_quarter_gives_its_first_month_and_the_quarter_as_written() -> None:
    found = file_metadata(header("Song,Revenue EUR"), GivenMetadata(("EUR_2025-Q3.csv",)))
    assert (found.period, found.span) == (date(2025, 7, 1), "2025-Q3")


def test_the_account_s_currency_is_taken_only_where_the_layout_says_so() -> None:
    layout = without_currency_in_header()
    assert file_metadata(header("Song,Revenue", layout=layout), GIVEN).currency is None
    found = file_metadata(header("Song,Revenue", layout=layout + "currency = { account = true }\n"), GIVEN)
    assert found == FileMetadata(currency="SEK", period=date(2024, 1, 1), account=True)


def test_lines_above_the_header_are_keys_and_values_in_cells_or_with_a_colon() -> None:
    found = header("Currency,EUR,", "From: 2025-05-01", "a title", "Song,Revenue EUR")
    assert preamble_values(found) == {"currency": "EUR", "from": "2025-05-01"}
