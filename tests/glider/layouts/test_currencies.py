from __future__ import annotations

import re

import pytest

from glider.layouts.currencies import PATTERN, certain_code, codes_of, currency_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EUR", "EUR"),
        (" usd ", "USD"),
        ("US$", "USD"),
        ("$us", "USD"),
        ("$", "USD"),
        ("€", "EUR"),
        ("£", "GBP"),
        ("R$", "BRL"),
        ("A$", "AUD"),
        ("kr", None),  # of four countries
        ("RUR", "RUB"),
        ("BYR", "BYN"),
        ("TRL", "TRY"),
        ("ROL", "RON"),
        ("HRK", "HRK"),  # the euro since 2023
        ("BGN", "BGN"),
        ("DEM", "DEM"),
        ("XYZ", None),
        ("EURO", None),
        ("", None),
        (None, None),
    ],
)
def test_codes_and_symbols_of_files_become_iso_4217_or_nothing(text: str | None, code: str | None) -> None:
    assert currency_code(text) == code


@pytest.mark.parametrize("text", ["eur", "us$", "$us", "$", "€", "£"])
def test_a_currency_is_found_in_a_header_name(text: str) -> None:
    match = re.fullmatch(rf"revenue \({PATTERN}\)", f"revenue ({text})")
    assert match is not None
    assert match["currency"] == text


@pytest.mark.parametrize(
    ("symbols", "codes"),
    [
        ("€", {"EUR"}),
        ("R$", {"BRL"}),
        ("kr", {"SEK", "NOK", "DKK", "ISK"}),
        ("$ CAD", {"CAD"}),
        ("CAD €", set()),
        ("pcs", set()),
        ("", set()),
    ],
)
def test_symbols_stand_for_all_currencies_that_use_them(symbols: str, codes: set[str]) -> None:
    assert codes_of(symbols) == codes


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        ("R$", "BRL"),
        ("$ CAD", "CAD"),
        ("£", "GBP"),
        ("£ EGP", "EGP"),
        ("$", None),
        ("kr", None),
        ("¥", None),
        ("", None),
    ],
)
def test_a_symbol_of_several_currencies_is_none_for_certain(symbols: str, code: str | None) -> None:
    assert certain_code(symbols) == code


def test_a_dollar_sign_may_be_that_of_several_countries() -> None:
    assert {"USD", "CAD", "AUD"} <= codes_of("$")
    assert "BRL" not in codes_of("$")
