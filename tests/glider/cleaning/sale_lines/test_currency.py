"""The currency of a line: stated by the file, or by the codes and symbols in its amounts, which never contradict it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.registry import read_layout
from tests.glider.cleaning.input.containers import Cell, workbook
from tests.glider.driving import DISTROKID_2025, Driven, believe, distrokid, drive, settings

LAYOUT = """
name = "priced"
title = "A layout without a currency"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Month", "Song", "Net"] }
columns = { period = "Month", track = "Song", net = "Net", gross = "Gross" }
currency = { account = true }
"""
OF_ACCOUNT = "The file does not say its currency; that of the account, SEK, was taken."
WITH_TWO = LAYOUT.replace(', net = "Net"', "").replace('"Net"]', '"Net", "Extra"]')
SUMMED = WITH_TWO + '[sums.net]\nplus = ["Net", "Extra"]\n'


def priced(folder: Path, *lines: str, account: str | None = "SEK", layout: str = LAYOUT) -> Driven:
    """Lines of `Net;Gross;Extra`."""
    how = replace(settings(), layouts=(read_layout(layout, "priced.toml"),), account_currency=account)
    rows = [f"2025-07;Song {number};{line}" for number, line in enumerate(lines)]
    return drive("\n".join(["Month;Song;Net;Gross;Extra", *rows]) + "\n", folder, how)


def line(earning: str) -> str:
    return f"2025-07|Spotify|S|QZAAA2500001||1|{earning}"


# --- where the currency is stated ---


def test_an_amount_in_another_currency_is_never_summed(tmp_path: Path) -> None:
    driven = drive(distrokid(line("1.5"), line("€ 0.25"), line("2 EUR"), line("$3"), line("US$ 4")), tmp_path)
    assert driven.figures.net_by_currency == {"USD": Decimal("8.5")}
    assert driven.reasons() == {3: "other_currency", 4: "other_currency"}
    assert "names another currency" in driven.rejects()[0]["expected"]


def test_a_file_of_another_currency_than_its_layout_fails(tmp_path: Path) -> None:
    start: list[Cell] = ["2026-03-25", "2026-03-25", "2026-02", "Spotify", "Nora Vale", "Slow Tide", "QZAAA2600001"]
    start += ["036000291452", 10, "100", "Song", "FR", "0"]
    rows: list[list[Cell]] = [[*start, amount, None] for amount in ("€ 0.4125", "€ 6.3")]
    with pytest.raises(JobFailed) as failed:
        drive(workbook({"s": [[*DISTROKID_2025.split(",")], *rows]}), tmp_path)
    assert failed.value.cause is Cause.NO_VALID_ROWS
    assert "other_currency (2)" in failed.value.message
    assert (failed.value.layout, len(failed.value.layout_version)) == ("distrokid_2025", 16)


def test_an_amount_is_held_against_the_currency_of_its_own_line(tmp_path: Path) -> None:
    driven = drive(believe(("€ 0,50", "0,25"), ("1,00", "0,85 EUR"), ("2,00", "$ 1,70"), ("£3,00", "2,55")), tmp_path)
    assert driven.figures.net_by_currency == {"EUR": Decimal("1.1")}
    assert driven.reasons() == {4: "other_currency", 5: "other_currency"}


def test_a_symbol_of_several_currencies_contradicts_none_of_them(tmp_path: Path) -> None:
    text = believe(("", "kr 1,50"), ("", "$ 2,50")).replace(";EUR;", ";DKK;", 1).replace(";EUR;", ";CAD;", 1)
    assert drive(text, tmp_path).figures.net_by_currency == {"DKK": Decimal("1.5"), "CAD": Decimal("2.5")}


def test_a_symbol_that_the_layout_ignores_contradicts_nothing(tmp_path: Path) -> None:
    layout = LAYOUT.replace("account = true", "fixed = 'EUR', ignored = '$'")
    driven = priced(tmp_path, "$1.50;;", "£ 2;;", "$ 3 EUR;;", layout=layout)
    assert (driven.figures.net_by_currency, driven.reasons()) == (
        {"EUR": Decimal("1.5")},
        {3: "other_currency", 4: "bad_net"},
    )


def test_summands_are_held_against_the_currency_too(tmp_path: Path) -> None:
    driven = priced(tmp_path, "1.5;;2", "SEK 1.5;;kr 2", "1.5;;€ 2", layout=SUMMED)
    assert driven.figures.net_by_currency == {"SEK": Decimal("7")}
    assert driven.reasons() == {4: "bad_net"}


# --- where only the amounts state it ---


@pytest.mark.parametrize("account", ["SEK", None])
@pytest.mark.parametrize(
    ("amounts", "net"),
    [
        (("R$ 1.50", "R$ 2"), {"BRL": Decimal("3.5")}),
        (("1.50", "€ 2"), {"EUR": Decimal("3.5")}),  # the others are of that currency too
        (("USD 1.20", "$1"), {"USD": Decimal("2.2")}),
    ],
)
def test_amounts_state_the_currency_where_nothing_else_does(
    amounts: tuple[str, ...], net: dict[str, Decimal], account: str | None, tmp_path: Path
) -> None:
    driven = priced(tmp_path, *(f"{amount};;" for amount in amounts), account=account)
    assert driven.figures.net_by_currency == net
    assert driven.figures.warnings == []


def test_a_plain_amount_beside_two_currencies_has_none(tmp_path: Path) -> None:
    driven = priced(tmp_path, "€ 1;;", "£ 2;;", "3;;")
    assert driven.figures.net_by_currency == {"EUR": Decimal(1), "GBP": Decimal(2)}
    assert driven.reasons() == {4: "bad_currency"}


def test_gross_and_net_of_a_line_are_of_one_currency(tmp_path: Path) -> None:
    driven = priced(tmp_path, "€ 1;€ 2;", "€ 3;£ 4;")
    assert driven.figures.net_by_currency == {"EUR": Decimal(1)}
    assert driven.reasons() == {3: "other_currency"}


def test_a_shared_symbol_beside_another_currency_of_it_than_the_accounts_stops_the_file(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        priced(tmp_path, "US$ 1;;", "$ 2;;", account="CAD")
    assert failed.value.cause is Cause.CURRENCY_UNKNOWN
    assert "such as '$ 2' in line 3" in failed.value.message


def test_a_shared_symbol_may_be_that_of_the_account(tmp_path: Path) -> None:
    assert priced(tmp_path / "gip", "£ 1;;", account="GIP").figures.net_by_currency == {"GIP": Decimal(1)}
    assert priced(tmp_path / "sek", "kr 1;;", "2;;").figures.net_by_currency == {"SEK": Decimal(3)}
    assert priced(tmp_path / "cad", "$ 1;;", account="CAD").figures.net_by_currency == {"CAD": Decimal(1)}


@pytest.mark.parametrize("account", ["EUR", None])
@pytest.mark.parametrize(
    ("amounts", "sign"),
    [
        (("$ 1", "$ 2"), "$"),
        (("kr 1", "2"), "kr"),
        (("2 kr", "3 kr"), "kr"),
        (("¥ 100", "¥ 2"), "¥"),
        (("Rs 5", "Rs 6"), "Rs"),
        (("R$ 1", "$ 2"), "$"),  # the one that is certain is none of the other's
        (("CA$ 1", "A$ 2", "$ 3"), "$"),  # two of the other's
    ],
)
def test_a_shared_symbol_that_nothing_settles_stops_the_file(
    amounts: tuple[str, ...], sign: str, account: str | None, tmp_path: Path
) -> None:
    with pytest.raises(JobFailed) as failed:
        priced(tmp_path, *(f"{amount};;" for amount in amounts), account=account)
    first = next(number for number, amount in enumerate(amounts, start=2) if sign in amount.split())
    assert failed.value.cause is Cause.CURRENCY_UNKNOWN
    assert failed.value.message.startswith(f"The sign {sign!r} in the amounts of column 'Net', such as ")
    assert f"in line {first}, may be " in failed.value.message
    assert failed.value.layout == "priced"


@pytest.mark.parametrize(
    ("amounts", "currency"),
    [
        (("US$ 1", "$ 2"), "USD"),
        (("SEK 1", "2 kr"), "SEK"),
        (("£ 1", "£2"), "GBP"),
        (("$ 1 CAD", "$2"), "CAD"),
    ],
)
def test_a_shared_symbol_is_settled_by_what_stands_beside_it(
    amounts: tuple[str, ...], currency: str, tmp_path: Path
) -> None:
    driven = priced(tmp_path, *(f"{amount};;" for amount in amounts), account="EUR")
    assert driven.figures.net_by_currency == {currency: Decimal(3)}


def test_plain_amounts_are_of_the_account(tmp_path: Path) -> None:
    driven = priced(tmp_path, "1.5;;")
    assert driven.figures.net_by_currency == {"SEK": Decimal("1.5")}
    assert driven.figures.warnings == [OF_ACCOUNT]
