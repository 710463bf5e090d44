"""Lines that state totals: skipped and compared in any layout, and never counted as sales."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.driving import DISTROKID_2025, Driven, drive, not_tied, settings

PRS = "Record Number,CAE Number,Work Title,Amount (performance revenue),IP1\n"
SALES = "1,123456789,Slow Tide,0.016,Nora Vale\n2,123456789,Glass Garden,0.072,Nora Vale\n"
CELLS = len(DISTROKID_2025.split(","))


def prs(text: str, folder: Path) -> Driven:
    return drive(PRS + text, folder, settings(reporting_period="2025-07"))


def sale(net: str, *, store: str = "Spotify", country: str = "FR", number: int = 1, units: int = 1) -> str:
    song = f"Nora Vale,Song {number},QZAAA2600001,"
    return f"2026-03-25,2026-03-25,2026-02,{store},{song},{units},100,Song,{country},0,{net},"


def total(net: str, place: int, words: str, units: str = "") -> str:
    cells = [""] * CELLS
    cells[8], cells[13] = units, net
    if words:
        cells[place] = words
    return ",".join(cells)


def distrokid(lines: list[str], folder: Path) -> Driven:
    return drive("\n".join([DISTROKID_2025, *lines]) + "\n", folder)


@pytest.mark.parametrize(
    "line",
    [",,Total,0.088,", "Total,,,0.088,", ",,,0.088,Grand total:", ",,,0.088,", ",,Gesamtsumme,0.09,", ",,合計,0.088,",
     "TOTAL GBP,,,0.088,", ",,Sous-total,0.088,", ",,Итого,0.088,"],
)  # fmt: skip
def test_a_line_that_repeats_the_sum_is_skipped_and_compared(line: str, tmp_path: Path) -> None:
    driven = prs(SALES + line + "\n", tmp_path)
    assert driven.reasons() == {4: "total_line"}
    assert (driven.figures.accepted, driven.figures.net_accepted) == (2, Decimal("0.088"))
    assert "net of its lines = total in line 4" in [check.name for check in driven.figures.checks]
    assert not_tied(driven) == []


def test_a_total_that_is_another_sum_is_not_counted_and_does_not_tie(tmp_path: Path) -> None:
    driven = prs(SALES + ",,Total,0.1,\n", tmp_path)
    assert (driven.figures.accepted, driven.figures.skipped, driven.figures.net_accepted) == (2, 1, Decimal("0.088"))
    assert not_tied(driven) == ["net of its lines = total in line 4"]


def test_a_total_above_its_lines_is_skipped_too(tmp_path: Path) -> None:
    driven = prs(",,Total,0.088,\n" + SALES, tmp_path)
    assert driven.reasons() == {2: "total_line"}
    assert (driven.figures.net_accepted, not_tied(driven)) == (Decimal("0.088"), [])


@pytest.mark.parametrize("title", ["Total", "Total Eclipse", "Sum", "Summe", "Grand Total"])
def test_a_song_of_that_name_is_a_sale(title: str, tmp_path: Path) -> None:
    driven = prs(SALES + f"3,123456789,{title},0.088,Nora Vale\n", tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (3, Decimal("0.176"))


def test_a_line_without_identity_that_is_no_sum_stays_a_sale(tmp_path: Path) -> None:
    driven = prs(SALES + ",,,0.5,\n", tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (3, Decimal("0.588"))


def test_subtotals_by_store_and_country_are_skipped_wherever_the_word_is(tmp_path: Path) -> None:
    lines = [
        sale("1", country="FR"), sale("2", country="FR"), total("3", 11, "FR total"),
        sale("4", country="DE"), total("4", 11, "Total DE"), total("7", 3, "Spotify Total"),
        sale("8", store="iTunes"), total("8", 3, "Subtotal"), total("15", 0, "Grand Total"),
    ]  # fmt: skip
    driven = distrokid(lines, tmp_path)
    assert driven.reasons() == dict.fromkeys((4, 6, 7, 9, 10), "total_line")
    assert (driven.figures.accepted, driven.figures.net_accepted) == (4, Decimal(15))
    assert not_tied(driven) == []


def test_a_subtotal_may_name_an_artist_and_a_month(tmp_path: Path) -> None:
    subtotal = ",,2026-02,,Nora Vale,Total,,,,,,,,3,"
    driven = distrokid([sale("1"), sale("2"), subtotal, subtotal.replace("3", "4")], tmp_path)
    assert driven.reasons() == {4: "total_line"}
    assert driven.figures.net_accepted == Decimal(7)


def test_a_total_of_units_alone_is_compared_by_units(tmp_path: Path) -> None:
    driven = distrokid([sale("1", units=3), sale("2", units=4), total("", 0, "Total", units="7")], tmp_path)
    assert driven.reasons() == {4: "total_line"}
    checks = {check.name: (check.expected, check.found) for check in driven.figures.checks}
    assert checks["units of its lines = total in line 4"] == ("7", "7")


def test_rejected_lines_are_part_of_what_a_total_states(tmp_path: Path) -> None:
    lines = [sale("1"), sale("2").replace("2026-02", "never"), total("3", 0, "Total")]
    driven = distrokid(lines, tmp_path)
    assert driven.reasons() == {3: "bad_period", 4: "total_line"}
    assert not_tied(driven) == []


@pytest.mark.parametrize("net", ["0.01", "0.013"])
def test_a_small_line_without_identity_that_is_near_a_sum_stays_a_sale(net: str, tmp_path: Path) -> None:
    driven = prs(f"1,1,Slow Tide,0.0123,Nora Vale\n,,,{net},\n", tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (2, Decimal("0.0123") + Decimal(net))


@pytest.mark.parametrize("seed", range(6))
def test_lines_of_totals_in_any_place_never_double_a_sum(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    lines, expected, whole, group = [], Decimal(0), Decimal(0), Decimal(0)
    for number in range(chance.randint(20, 60)):
        net = Decimal(chance.randint(-50, 100_000)).scaleb(-4)
        lines.append(sale(str(net), number=number, country=chance.choice(["FR", "DE", "JP"])))
        expected, whole, group = expected + net, whole + net, group + net
        if chance.random() < 0.2:
            words, place = (
                chance.choice(["Subtotal", "Total", "Summe", "FR total", "", "小計"]),
                chance.choice([0, 3, 4, 5, 11]),
            )
            lines.append(total(str(group), place, words))
            group = Decimal(0)
        if chance.random() < 0.05:
            lines.append(total(str(whole), 5, "Total to date"))
            group = Decimal(0)
    lines.append(total(str(whole), chance.choice([0, 3, 5]), chance.choice(["Grand Total", "", "Total général"])))
    driven = distrokid(lines, tmp_path)
    assert driven.figures.net_accepted == expected
    assert driven.figures.rejected == 0
    assert not_tied(driven) == []
