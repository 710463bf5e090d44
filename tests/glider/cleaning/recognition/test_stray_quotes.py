"""Stray quotes: no pair of them takes in the lines between, and sound cells of several lines stay whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.driving import DISTROKID_2025, Driven, drive, not_tied

ROW = "2025-09-26,2025-09-25,2025-07,Spotify,Artist A,{title},QZAAA2500001,198000000012,1,100,Song,NL,0,{net},"
LINES = "lines of the file = lines up to the header + rows read + line breaks in cells"


def driven(titles: list[str], folder: Path) -> Driven:
    """A file with a line for each of `titles`, the nth of which earns 2 to the power of n."""
    lines = [DISTROKID_2025, *(ROW.format(title=title, net=2**number) for number, title in enumerate(titles))]
    return drive("\n".join(lines) + "\n", folder)


@pytest.mark.parametrize("between", [0, 1, 2, 1000])
def test_a_pair_of_stray_quotes_takes_in_no_line(between: int, tmp_path: Path) -> None:
    titles = ["One", '"Heroes', *(f"Song {number}" for number in range(between)), 'Lullaby 12"', "Last"]
    text = "\n".join([DISTROKID_2025, *(ROW.format(title=title, net="0.25") for title in titles)]) + "\n"
    found = drive(text, tmp_path)
    assert (found.figures.accepted, found.figures.rejected) == (between + 4, 0)
    assert found.accepted["track"].to_list() == titles
    assert found.figures.net_accepted == Decimal("0.25") * (between + 4)
    assert found.lines["source_row"].to_list() == list(range(2, between + 6))
    assert not_tied(found) == []


def test_stray_quotes_beside_sound_cells_of_several_lines_are_told_apart(tmp_path: Path) -> None:
    titles = ['"Heroes', "Two", '"a\nb, c"', '"Three, four"', 'Seven"', '"x\ny\nz"', "Eight"]
    found = driven(titles, tmp_path)
    assert found.accepted["track"].to_list() == [
        '"Heroes',
        "Two",
        "a\nb, c",
        "Three, four",
        'Seven"',
        "x\ny\nz",
        "Eight",
    ]
    assert found.figures.net_accepted == Decimal(2**7 - 1)
    assert found.lines["source_row"].to_list() == [2, 3, 4, 6, 7, 8, 11]
    assert not_tied(found) == []


def test_a_stray_quote_in_each_of_three_lines_costs_none_of_them(tmp_path: Path) -> None:
    found = driven(['"One', "Two", '"Three', "Four", '"Five', "Six"], tmp_path)
    assert found.accepted["track"].to_list() == ['"One', "Two", '"Three', "Four", '"Five', "Six"]
    assert found.figures.net_accepted == Decimal(2**6 - 1)


def test_a_stray_quote_in_a_file_of_quoted_cells_takes_in_no_line(tmp_path: Path) -> None:
    titles = ['"One"', '"Ti"tle"', '"Two, too"', '"Three"', '"Tit"le"', '"Four"']
    quoted = [
        ROW.format(title=title, net=2**number).replace("Artist A", '"A, B"') for number, title in enumerate(titles)
    ]
    found = drive("\n".join([DISTROKID_2025, *quoted]), tmp_path)
    assert found.accepted["track"].to_list() == ["One", 'Ti"tle', "Two, too", "Three", 'Tit"le', "Four"]
    assert found.figures.net_accepted == Decimal(2**6 - 1)


def test_a_line_whose_cells_cannot_be_told_apart_is_rejected_alone(tmp_path: Path) -> None:
    found = driven(['"One, or" two"', "Two", "Three", "Four", '"Five', "Six"], tmp_path)
    assert found.reasons() == {2: "broken_quotes"}
    assert found.figures.net_accepted == Decimal(2**6 - 2)


@pytest.mark.parametrize("title", ['"one, two\nthree, four"', '"a\nb\nc\nd"', '"a, b, c\n\nd, e"', '"Song\n"'])
def test_a_sound_cell_of_several_lines_stays_one_cell(title: str, tmp_path: Path) -> None:
    found = driven(["One", title, "Three"], tmp_path)
    assert found.accepted["track"].to_list() == ["One", title.strip('"').strip(), "Three"]
    assert (found.figures.rejected, found.figures.net_accepted) == (0, Decimal(7))
    assert not_tied(found) == []


def test_every_line_of_the_file_is_accounted_for_in_a_control_total(tmp_path: Path) -> None:
    found = driven(["One", '"a\nb\nc"', "Three"], tmp_path)
    assert [(check.expected, check.found) for check in found.figures.checks if check.name == LINES] == [("6", "6")]


def test_inch_marks_within_cells_are_text(tmp_path: Path) -> None:
    titles = ['Mix 12" dub', "Two", '"a\nb"', 'Mix 7" dub', "Five", 'Mix 10" dub']
    found = driven(titles, tmp_path)
    assert found.accepted["track"].to_list() == ['Mix 12" dub', "Two", "a\nb", 'Mix 7" dub', "Five", 'Mix 10" dub']
    assert found.figures.net_accepted == Decimal(2**6 - 1)
