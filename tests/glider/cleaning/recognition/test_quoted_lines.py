"""Lines that are quoted as wholes: they are read like the lines within."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.glider.driving import DISTROKID_2025, Driven, drive, not_tied

ONE = "2026-03-25,2026-03-25,2026-02,Spotify,Nora Vale,Slow Tide,QZAAA2600001,036000291452,10,100,Song,FR,0,0.4125,"
TWO = '2026-03-25,2026-03-25,2026-02,Spotify,"Vale, Nora","Slow ""T""",QZAAA2600001,,1,100,Song,FR,0,2,'
BAD = TWO.replace("0,2,", "0,x,")


def quoted(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


def driven(lines: list[str], folder: Path, ending: str = "\r\n") -> Driven:
    return drive("".join(line + ending for line in lines), folder)


@pytest.mark.parametrize("after", ["", ";;", ","])
def test_whole_lines_in_quotes_are_read_like_the_lines_within(after: str, tmp_path: Path) -> None:
    found = driven([quoted(line) + after for line in (DISTROKID_2025, ONE, TWO, BAD)], tmp_path)
    assert found.accepted.select("artist", "track", "net").rows() == [
        ("Nora Vale", "Slow Tide", Decimal("0.4125")),
        ("Vale, Nora", 'Slow "T"', Decimal(2)),
    ]
    assert found.reasons() == {4: "bad_net"}
    assert not_tied(found) == []


def test_a_header_without_the_quotes_of_its_lines_is_found(tmp_path: Path) -> None:
    found = driven([DISTROKID_2025, quoted(ONE), quoted(TWO), quoted(ONE)], tmp_path, "\n")
    assert (found.figures.accepted, found.figures.net_accepted) == (3, Decimal("2.825"))


def test_quoted_cells_are_no_quoted_lines(tmp_path: Path) -> None:
    found = driven([",".join(map(quoted, DISTROKID_2025.split(","))), ",".join(map(quoted, ONE.split(",")))], tmp_path)
    assert (found.figures.accepted, found.figures.net_accepted) == (1, Decimal("0.4125"))
