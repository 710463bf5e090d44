"""Words of totals: in which cells they are found, and that the quick look misses none of them."""

from __future__ import annotations

import re

import pytest

from glider.cleaning.recognition.total_words import MIXED, PURE, ROOTS, SUMMARY

CELLS = (
    "Total", "TOTAL:", "Sub-total", "Grand Total", "Total EUR", "Gesamtsumme", "Zwischensumme", "Insgesamt", "Somme",
    "Sous-total", "Total général", "Totale", "Subtotale", "Suma", "Soma", "Razem", "Łącznie", "OGÓŁEM", "Celkem",
    "Součet",
    "Összesen", "Yhteensä", "Toplam", "Итого", "ВСЕГО:", "合計", "小計", "总计", "합계", "Summa", "Totaal", "Totalt",
)  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_a_total_is_known_in_many_languages(cell: str) -> None:
    assert re.search(PURE, cell)
    assert re.search(MIXED, cell)
    assert any(root in cell or root in cell.lower() for root in ROOTS)


@pytest.mark.parametrize(
    ("cell", "mixed"),
    [
        ("Spotify Total", True),
        ("Total Germany", True),
        ("Totally Mine", False),
        ("Summer", False),
        ("Sumo", False),
        ("", False),
    ],
)
def test_a_name_beside_the_word_is_not_the_word_alone(cell: str, mixed: bool) -> None:
    assert re.search(PURE, cell) is None
    assert bool(re.search(MIXED, cell)) is mixed


@pytest.mark.parametrize(
    ("name", "summary"),
    [("Summary", True), ("sales_summary_2025", True), ("Zusammenfassung", True), ("Totals", True), ("YouTube", False)],
)
def test_a_summary_is_known_by_its_name(name: str, summary: bool) -> None:
    assert bool(re.search(SUMMARY, name)) is summary
