"""Line breaks of every kind, alone and mixed, and NULs, on whole files (`test_encoding.py` has the rest)."""

from __future__ import annotations

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


def test_a_stray_carriage_return_in_a_title_ends_no_line(tmp_path: Path) -> None:
    many = [ONE.replace("Song One", f"Song {number}") for number in range(200)]
    driven = drive(distrokid(*many).replace("Song 7\t", "Song\r7\t"), tmp_path)
    assert driven.figures.accepted == 200


def test_nuls_are_removed(tmp_path: Path) -> None:
    driven = drive(distrokid(ONE, TWO).replace("Song One", "So\0ng O\0ne").replace("0.25", "0\0.25"), tmp_path)
    assert titles(driven) == ["Song One", "Song Two"]
    assert driven.figures.net_accepted == Decimal("0.75")
