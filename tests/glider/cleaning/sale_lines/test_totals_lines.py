"""Lines that state totals: skipped and compared in any layout, and never counted as sales."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("lines", "skipped"),
    [
        ([sale("1"), sale("2"), total("3", 11, "Összesen")], {4}),
        ([sale("1"), sale("2"), total("3", 5, "Toplam:")], {4}),
        ([sale("1"), total("1", 4, "TOTAL Nora Vale"), sale("2"), total("2", 4, "TOTAL Ada Lindqvist")], {3, 5}),
        ([sale("1"), total("1", 3, "Spotify Total"), total("0", 3, "Deezer Total"), sale("2")], {3, 4}),
        ([sale("-1"), sale("1"), total("0", 0, "Total")], {4}),
        ([sale("1.005"), sale("2.005"), total("3.01", 3, "Grand total")], {4}),
        ([sale("1.0049"), sale("2.0049"), total("3.01", 3, "Grand total")], {4}),  # rounded to cents
        ([total("3", 0, "ИТОГО"), sale("1"), sale("2")], {2}),
        ([sale("1"), total("1", 3, "Spotify total"), sale("2"), total("2", 3, "iTunes total"), total("3", 0, "")],
         {3, 5, 6}),
        ([sale("1", units=2), sale("2", units=3), total("3", 0, "", units="5")], {4}),
        ([sale("1"), sale("2"), total("3", 8, "Total")], {4}),  # the word in the column of units
        ([sale("1"), sale("2"), total("3", 14, "Total (USD)")], {4}),
    ],
)  # fmt: skip
def test_totals_of_many_forms_are_skipped_and_tie(lines: list[str], skipped: set[int], tmp_path: Path) -> None:
    driven = distrokid(lines, tmp_path)
    assert driven.reasons() == dict.fromkeys(skipped, "total_line")
    sales = [line for number, line in enumerate(lines, start=2) if number not in skipped]
    assert driven.figures.net_accepted == sum(Decimal(line.split(",")[13]) for line in sales)
    assert not_tied(driven) == []


# --- any lines with any totals: never a wrong sum without a word ---

# Shrinking a file of lines takes minutes.
EXAMPLES = examples(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
WORDS = ("Total", "Subtotal", "Summe", "Sous-total", "Totale", "Razem", "Итого", "小計", "FR total", "Total FR", "")


@dataclass(frozen=True)
class Line:
    """A sale of `net`, or with `words` a line of totals: of its group, or of the `whole`, off by `error`."""

    net: Decimal = Decimal(0)
    words: str | None = None
    place: int = 0
    whole: bool = False
    error: Decimal = Decimal(0)


NETS = st.integers(-(10**6), 10**8).map(lambda net: Decimal(net).scaleb(-6))
SOLD = st.builds(Line, net=NETS)
TOTALS = st.builds(Line, words=st.sampled_from(WORDS), place=st.sampled_from([0, 2, 3, 4, 5, 11]), whole=st.booleans())
WRONG = st.builds(Line, words=st.sampled_from(WORDS[:-1]), error=st.sampled_from([Decimal(1), Decimal("-0.5")]))


def laid_out(drawn: list[Line]) -> tuple[list[str], Decimal]:
    """The lines of a file, and the sum of its sales."""
    lines, whole, group = [], Decimal(0), Decimal(0)
    for number, line in enumerate(drawn):
        if line.words is None:
            lines.append(sale(str(line.net), number=number, country="FR" if number % 2 else "DE"))
            whole, group = whole + line.net, group + line.net
        else:
            lines.append(total(str((whole if line.whole else group) + line.error), line.place, line.words))
            group = Decimal(0)
    return lines, whole


def driven_in_folder(lines: list[str]) -> tuple[Decimal, list[str]]:
    """Net, and the checks that do not tie."""
    with TemporaryDirectory() as folder:
        driven = distrokid(lines, Path(folder))
        return driven.figures.net_accepted, not_tied(driven)


@EXAMPLES
@given(st.lists(st.one_of(SOLD, SOLD, SOLD, TOTALS), min_size=1, max_size=25))
def test_any_totals_that_are_right_are_no_sales(drawn: list[Line]) -> None:
    lines, whole = laid_out([Line(net=Decimal(5)), Line(net=Decimal("0.25")), *drawn])
    assert driven_in_folder(lines) == (whole, [])


@EXAMPLES
@given(st.lists(st.one_of(SOLD, SOLD, TOTALS, WRONG), min_size=1, max_size=25))
def test_totals_that_are_wrong_keep_the_file_waiting(drawn: list[Line]) -> None:
    lines, whole = laid_out([Line(net=Decimal(5)), Line(net=Decimal("0.25")), *drawn])
    net, untied = driven_in_folder(lines)
    assert net == whole or untied


@pytest.mark.parametrize(
    "words",
    ["Balance Forward", "Balance brought forward", "Opening balance", "Previous Balance (2025-06)", "carried forward",
     "Saldovortrag", "Solde précédent", "Saldo anterior", "Входящий остаток"],
)  # fmt: skip
def test_a_balance_of_an_earlier_statement_is_no_sale(words: str, tmp_path: Path) -> None:
    driven = distrokid([sale("0.5"), total("12.5", 3, words), sale("0.25", number=2)], tmp_path)
    assert driven.reasons() == {3: "transfer"}
    assert driven.figures.net_by_currency == {"USD": Decimal("0.75")}


def test_a_total_below_a_balance_does_not_include_it(tmp_path: Path) -> None:
    lines = [sale("0.5"), total("12.5", 3, "Balance forward"), sale("0.25", number=2), total("0.75", 3, "Total")]
    driven = distrokid(lines, tmp_path)
    assert driven.reasons() == {3: "transfer", 5: "total_line"}
    assert not_tied(driven) == []


@pytest.mark.parametrize("title", ["Balance Forward", "Carried Over", "Vortrag"])
def test_a_song_that_is_called_like_a_balance_is_a_sale(title: str, tmp_path: Path) -> None:
    driven = distrokid(
        [sale("0.5"), f"2026-03-25,2026-03-25,2026-02,Spotify,Nora Vale,{title},,,1,100,Song,FR,0,12.5,"], tmp_path
    )
    assert driven.reasons() == {}
