"""Cross-tabs: a line per artist and month, sums skipped and compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.cleaning.readers.cross_tab import month_of
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import Cell, workbook
from tests.glider.driving import drive, not_tied

ROWS: list[list[Cell]] = [
    ["Informe"],
    [],
    ["Artista", "Enero 2019", "feb-19", "Suma total"],
    ["Ana", "US$ 1.234,56", "US$ 2,50", "US$ 1.237,06"],
    ["Beto", None, "-US$ 0,44", "-US$ 0,44"],
    ["Suma total", "US$ 1.234,56", "US$ 2,06", "US$ 1.236,62"],
    ["Grand total", None, None, "US$ 1.236,62"],
]


def test_every_amount_is_a_line_of_its_artist_and_month(tmp_path: Path) -> None:
    driven = drive(workbook({"Hoja1": ROWS}), tmp_path)
    assert driven.figures.layout == "altafonte"
    assert driven.accepted.select("source_row", "artist", "net", "currency").rows() == [
        (4, "Ana", Decimal("1234.56"), "USD"),
        (4, "Ana", Decimal("2.5"), "USD"),
        (5, "Beto", Decimal("-0.44"), "USD"),
    ]
    assert [str(day) for day in driven.accepted["period"]] == ["2019-01-01", "2019-02-01", "2019-02-01"]
    assert driven.figures.reasons == {"total_line": 2}
    assert driven.figures.warnings == []
    assert not_tied(driven) == []


def test_the_last_row_of_sums_is_compared(tmp_path: Path) -> None:
    off: list[list[Cell]] = [*ROWS[:-1], ["Grand total", None, None, "US$ 1.236,63"]]
    assert not_tied(drive(workbook({"Hoja1": off}), tmp_path)) == ["net read = Grand total (Hoja1)"]


def test_a_cross_tab_saved_as_text_is_the_same(tmp_path: Path) -> None:
    text = "\n".join(";".join(str(cell or "") for cell in row) for row in ROWS)
    driven = drive(text, tmp_path)
    assert driven.figures.net_by_currency == {"USD": Decimal("1236.62")}
    assert not_tied(driven) == []


def test_the_cells_of_a_cross_tab_state_its_currency(tmp_path: Path) -> None:
    text = "Artista;2026-01;2026-02;Suma total\nNora;R$ 1.234,56;R$ 10,00;R$ 1.244,56\nBo;R$ 2,00;;R$ 2,00\n"
    driven = drive(f"{text}Suma total;R$ 1.236,56;R$ 10,00;R$ 1.246,56\n", tmp_path)
    assert driven.figures.net_by_currency == {"BRL": Decimal("1246.56")}
    assert (driven.figures.accepted, driven.figures.skipped) == (3, 1)
    assert not_tied(driven) == []


def test_a_cell_that_is_no_amount_is_rejected(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [*ROWS[:4], ["Beto", None, "pendiente", None], *ROWS[5:]]
    assert drive(workbook({"Hoja1": rows}), tmp_path).reasons()[5] == "bad_net"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Enero 2019", "2019-01"),
        ("ene-19", "2019-01"),
        ("Septiembre de 2019", "2019-09"),
        ("set/19", "2019-09"),
        ("Dezembro 2020", "2020-12"),
        ("Jun 2019", "2019-06"),
        ("2019-01-01", "2019-01"),
        ("01/2019", "2019-01"),
        ("201913", None),
        ("Total", None),
        ("Artista", None),
    ],
)
def test_months_are_known_as_headers_write_them(text: str, month: str | None) -> None:
    assert month_of(text) == month


# --- quotes ---

ARTISTS = (
    "Artista;2026-01;2026-02;Suma total\n{};US$ 1.50;;US$ 1.50\nBo;US$ 2.25;;US$ 2.25\n{};US$ 3.00;;US$ 3.00\n"
    "Suma total;US$ 6.75;;US$ 6.75\n"
)
LINES = "lines of the file = rows read + line breaks in cells"


def test_a_row_that_a_stray_quote_took_in_stops_the_file(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        drive(ARTISTS.format('"Ana', 'Cy"'), tmp_path)
    assert failed.value.cause is Cause.CORRUPT_FILE
    assert "A quote in line 2 is never closed" in failed.value.message


def test_every_line_of_the_file_is_accounted_for(tmp_path: Path) -> None:
    driven = drive(ARTISTS.format('"Ana\nde Lisboa"', "Cy"), tmp_path)
    assert driven.figures.net_accepted == Decimal("6.75")
    assert {check.name: (check.expected, check.found) for check in driven.figures.checks}[LINES] == ("6", "6")
