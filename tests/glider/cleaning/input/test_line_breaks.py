"""Text as it comes in files: line breaks of every kind, alone and mixed, NULs, odd spaces, loose accents."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.driving import DISTROKID, Driven, distrokid, drive

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"
LINES = distrokid(ONE, TWO).split("\r\n")[1:-1]


def broken(*breaks: str) -> str:
    """The header and two lines, each ended as given."""
    return "".join(line + end for line, end in zip([DISTROKID, *LINES], breaks, strict=True))


def titles(driven: Driven) -> list[str]:
    found: list[str] = driven.accepted["track"].to_list()
    return found


@pytest.mark.parametrize(
    "breaks",
    [
        ("\n", "\n", "\n"),
        ("\r\n", "\r\n", "\r\n"),
        ("\r", "\r", "\r"),
        ("\r\n", "\n", ""),
        ("\r", "\n", "\n"),
        ("\n", "\r", "\n"),
        ("\r\n", "\r", "\r\n"),
    ],
)
def test_lines_are_the_same_however_they_are_ended(breaks: tuple[str, str, str], tmp_path: Path) -> None:
    driven = drive(broken(*breaks), tmp_path)
    assert titles(driven) == ["Song One", "Song Two"]
    assert driven.lines["source_row"].to_list() == [2, 3]
    assert driven.figures.net_accepted == Decimal("0.75")


def test_a_carriage_return_that_strayed_into_a_title_parts_no_line(tmp_path: Path) -> None:
    many = [ONE.replace("Song One", f"Song {number}") for number in range(200)]
    driven = drive(distrokid(*many).replace("Song 7\t", "Song\r7\t"), tmp_path)
    assert driven.figures.accepted == 200


def test_nuls_are_nothing(tmp_path: Path) -> None:
    driven = drive(distrokid(ONE, TWO).replace("Song One", "So\0ng O\0ne").replace("0.25", "0\0.25"), tmp_path)
    assert titles(driven) == ["Song One", "Song Two"]
    assert driven.figures.net_accepted == Decimal("0.75")


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


def test_accents_apart_from_their_letters_are_put_together(tmp_path: Path) -> None:
    loose = unicodedata.normalize("NFD", "Konté")
    assert titles(drive(distrokid(ONE.replace("Song One", loose), TWO), tmp_path)) == ["Konté", "Song Two"]
