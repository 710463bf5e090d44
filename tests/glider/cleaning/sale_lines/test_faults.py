"""Faults: each line that is no sale gets the reason of the first thing wrong with it, and no other line does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.driving import believe, distrokid, drive

GOOD = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2025-07|Spotify|S|||1|", "missing_net"),
        ("2025-07|Spotify|S|||1|ten", "bad_net"),
        ("2025-07|Spotify|S|||1|1.234,56", "other_decimal_mark"),
        ("2025-07|Spotify|S|||x|1", "bad_quantity"),
        ("2025-07|Spotify|S|||1.5|1", "bad_quantity"),
        ("|Spotify|S|||1|1", "missing_period"),
        ("07/2025|Spotify|S|||1|1", "bad_period"),
    ],
)
def test_a_bad_cell_rejects_its_line_and_no_other(line: str, reason: str, tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD, line, GOOD), tmp_path)
    assert driven.reasons() == {3: reason}
    assert (driven.figures.rows_read, driven.figures.accepted, driven.figures.rejected) == (3, 2, 1)
    assert driven.figures.net_accepted == Decimal("1.0")


def test_lines_with_too_many_or_too_few_cells_are_rejected_by_number(tmp_path: Path) -> None:
    content = distrokid(GOOD, GOOD, GOOD).replace("\r\n", "\n").splitlines()
    content[2] += "\tmore"
    content[3] = "\t".join(content[3].split("\t")[:6])
    driven = drive("\n".join(content), tmp_path)
    assert driven.reasons() == {3: "too_many_cells", 4: "too_few_cells"}


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD).replace("\r\n", "\n") + "\n\n" + distrokid(GOOD).splitlines()[1] + "\n\n", tmp_path)
    assert driven.reasons() == {3: "blank_line", 4: "blank_line", 6: "blank_line"}
    assert (driven.figures.rows_read, driven.figures.accepted, driven.figures.skipped) == (5, 2, 3)


def test_a_line_of_nothing_but_spaces_and_separators_is_blank(tmp_path: Path) -> None:
    content = distrokid(GOOD).replace("\r\n", "\n")
    cells = content.splitlines()[0].split("\t")
    spaces = "\t".join(" " if name == "Artist" else "" for name in cells)
    assert drive(f"{content}{spaces}\n", tmp_path).reasons() == {3: "blank_line"}


def test_a_currency_that_is_none_rejects_the_line(tmp_path: Path) -> None:
    driven = drive(believe(("1", "0,5"), ("1", "0,25")).replace("EUR", "EURO", 1), tmp_path)
    assert driven.reasons() == {2: "bad_currency"}
