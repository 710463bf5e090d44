from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glider.cleaning.values.amounts import (
    DecimalMark,
    Evidence,
    decide,
    evidence,
    parse_amounts,
    parse_quantities,
    within,
)
from glider.layouts.layout import Convention

POINT = {
    "1.5": "1.5",
    "3.2E-05": "0.000032",
    "3.27362068463E-05": "0.0000327362068463",
    ".021330": "0.02133",
    "-.5": "-0.5",
    "+1": "1",
    "1.": "1",
    "1,200.50": "1200.5",
    "1,234,567.89": "1234567.89",
    "1,234": "1234",
    "(12.00)": "-12",
    "($1,200.50)": "-1200.5",
    "12-": "-12",
    "$1,200.50": "1200.5",
    "-$5": "-5",
    "$-5": "-5",
    "US$ 1,234.56": "1234.56",
    "R$ 7.25": "7.25",
    "5 EUR": "5",
    "EUR 5": "5",
    "1\u00a0200.50": "1200.5",
    "1'234.50": "1234.5",
    "\u22123": "-3",
    " 2.0": "2",
    "0.000000000000000001": "0.000000000000000001",
    "12345678901234567890.123456789012345678": "12345678901234567890.123456789012345678",
}
COMMA = {"1.234,56": "1234.56", "0,000407547753": "0.000407547753", "1,234": "1.234", "(5)": "-5", "-,5": "-0.5"}
UNREADABLE = {
    "point": ["1.234,56", "1,23", "1,2345.6", "abc", "-", "1.2.3", "(5)-", "nan", "inf", "1e", "0x10", "--1", "1_000"],
    "comma": ["1.5", "1,200.50", ".021330", "abc", "1,2,3"],
}


@pytest.mark.parametrize(("text", "amount"), POINT.items())
def test_an_amount_with_a_decimal_point_is_read_exactly(text: str, amount: str) -> None:
    assert parse_amounts(pl.Series([text]), "point").to_list() == [Decimal(amount)]


@pytest.mark.parametrize(("text", "amount"), COMMA.items())
def test_an_amount_with_a_decimal_comma_is_read_exactly(text: str, amount: str) -> None:
    assert parse_amounts(pl.Series([text]), "comma").to_list() == [Decimal(amount)]


@pytest.mark.parametrize(("sign", "text"), [(sign, text) for sign, texts in UNREADABLE.items() for text in texts])
def test_what_is_no_amount_in_the_notation_of_the_column_is_null(sign: DecimalMark, text: str) -> None:
    assert parse_amounts(pl.Series([text]), sign).to_list() == [None]


@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=12), max_size=50))
def test_every_amount_is_read_as_it_was_written(amounts: list[Decimal]) -> None:
    written = pl.Series([format(amount, "f") for amount in amounts], dtype=pl.String)
    assert parse_amounts(written, "point").to_list() == amounts
    commas = written.str.replace(".", ",", literal=True)
    assert parse_amounts(commas, "comma").to_list() == amounts


@pytest.mark.parametrize(
    ("text", "count"),
    [("12", 12), ("-1", -1), ("1,200", 1200), ("12.0", 12), ("1E3", 1000), ("1.5", None), ("x", None), ("", None)],
)
def test_a_quantity_is_a_whole_number(text: str, count: int | None) -> None:
    assert parse_quantities(pl.Series([text]), "point").to_list() == [count]


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        (["0.5", "1.25"], Evidence(point=2, comma=0, either=0)),
        (["0,5", "1.234,56"], Evidence(point=0, comma=2, either=0)),
        (["1.234", "1,234"], Evidence(point=0, comma=0, either=2)),
        (["5", "", "x"], Evidence(point=0, comma=0, either=0)),
    ],
)
def test_evidence_counts_what_each_cell_can_mean(cells: list[str], seen: Evidence) -> None:
    assert evidence(pl.Series(cells)) == seen


@pytest.mark.parametrize(
    ("cells", "convention", "sign"),
    [
        (["0,5", "1.234"], "point", "comma"),  # saved again by a spreadsheet of another country
        (["0.5", "1,234"], "auto", "point"),
        (["1.234", "5"], "auto", None),
        (["1,234", "5"], "auto", None),
        (["1,234", "5"], "point", "point"),
        (["1.234", "5"], "comma", "comma"),
        (["5", "7"], "auto", "point"),
        (["0.5", "0,5"], "auto", None),
    ],
)
def test_the_decimal_mark_is_decided_by_the_whole_column(
    cells: list[str], convention: Convention, sign: DecimalMark | None
) -> None:
    assert decide(evidence(pl.Series(cells)), convention) == sign


def test_a_number_beyond_any_sale_is_left_out_so_that_sums_cannot_run_over() -> None:
    amounts = pl.Series(["99999999999.9", "-100000000000", "100000000000.01", "99999999999999999999", "x"])
    kept = within(parse_amounts(amounts, "point"), 10**11)
    assert kept.to_list() == [Decimal("99999999999.9"), Decimal(-(10**11)), None, None, None]
    counts = pl.Series(["10000000000", "10000000001", "-9223372036854775808", ""])
    assert within(parse_quantities(counts, "point"), 10**10).to_list() == [10**10, None, None, None]
