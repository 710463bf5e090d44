"""Cells are compared and parsed without spaces around them, and with their accents composed."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from pathlib import Path

from tests.glider.driving import Driven, distrokid, drive

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"


def titles(driven: Driven) -> list[str]:
    found: list[str] = driven.accepted["track"].to_list()
    return found


def test_decomposed_accents_are_composed_before_names_are_compared(tmp_path: Path) -> None:
    driven = drive(distrokid("2025-07|Spotify|Konte\u0301|||1|1", "2025-07|Spotify|Kont\u00e9|||1|1"), tmp_path)
    assert driven.lines["track"].n_unique() == 1


def test_spaces_that_do_not_break_are_spaces(tmp_path: Path) -> None:
    content = (
        distrokid(ONE, TWO.replace("|4|", "|\u00a04|"))
        .replace("\t0.5", "\t\u00a00.5\u00a0")
        .replace("\tUS\t", "\tUS\u00a0\t")
    )
    driven = drive(content, tmp_path)
    assert driven.figures.net_accepted == Decimal("0.75")
    assert driven.lines["territory"].unique().to_list() == ["US"]
    assert driven.lines["quantity"].to_list() == [3, 4]


def test_combining_accents_are_composed_with_their_letters(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Konté")
    assert titles(drive(distrokid(ONE.replace("Song One", decomposed), TWO), tmp_path)) == ["Konté", "Song Two"]
