"""Blank lines that are taken out cost nothing, are counted, and leave every other line its number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies

from glider.cleaning.input import blank_lines
from glider.cleaning.input.blank_lines import without_blank_lines
from tests.glider.driving import DISTROKID, drive, not_tied

LINE = "2025-09-25\t2025-07\tSpotify\tArtist A\tSong\tQZAAA2500001\t\t1\t100\tSong\tUS\t0\t0.50\n"


@settings(max_examples=60, deadline=None)
@given(
    filled=strategies.lists(strategies.sampled_from(["a", "", "\r", "bb\r", " "]), max_size=60),
    piece=strategies.integers(1, 40),
)
def test_kept_lines_know_their_numbers_and_runs_have_the_others(
    filled: list[str], piece: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("blank")
    lines = ["header", *(filled * 30)]
    (folder / "text").write_bytes("".join(f"{line}\n" for line in lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blank_lines, "PIECE", piece)
        blanks = without_blank_lines(folder / "text", folder / "kept", lines=len(lines), header=0, quoting=False)
    blank = [place for place, line in enumerate(lines) if place and line in ("", "\r")]
    stays = [place for place in range(len(lines)) if place not in blank[1:]]
    kept = (folder / "kept").read_bytes().decode().split("\n")[:-1]
    assert kept == [lines[place] for place in stays]
    assert blanks.count == max(0, len(blank) - 1)
    assert blanks.original(np.arange(len(stays))).tolist() == stays
    assert [blanks.kept(place) for place in stays] == list(range(len(stays)))
    runs = [place for first, size in _runs(blanks) for place in range(first, first + size)]
    assert runs == blank[1:]


def _runs(blanks: blank_lines.BlankLines) -> list[tuple[int, int]]:
    return [pair for firsts, sizes in blanks.runs() for pair in zip(firsts.tolist(), sizes.tolist(), strict=True)]


def test_blank_lines_within_a_quoted_cell_stay(tmp_path: Path) -> None:
    (tmp_path / "text").write_text('h\na\n\n\n"b\n\n\nc"\n\n\n')
    without_blank_lines(tmp_path / "text", tmp_path / "kept", lines=10, header=0, quoting=True)
    assert (tmp_path / "kept").read_text() == 'h\na\n\n"b\n\n\nc"\n'


def test_a_file_of_many_blank_lines_has_the_figures_and_numbers_of_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = LINE.replace("0.50", "none")
    content = DISTROKID + "\n" + LINE + "\n" * 5000 + bad + LINE + "\n\n" * 3000 + bad + "x\n" + LINE
    few = drive(content, tmp_path / "few")
    monkeypatch.setattr("glider.cleaning.tables.MANY", 100)
    many = drive(content, tmp_path / "many")
    taken = {"line", "reason", "text"}
    assert many.figures.model_dump(exclude={"checks"}) == few.figures.model_dump(exclude={"checks"})
    assert not_tied(many) == []
    order = pl.col("source_row")
    assert many.accepted.sort(order).equals(few.accepted.sort(order))
    wanted = [row for row in few.rejects() if row["reason"] != "blank_line"]
    found = [row for row in many.rejects() if row["reason"] != "blank_line"]
    assert [{name: row[name] for name in taken} for row in found] == [
        {name: row[name] for name in taken} for row in wanted
    ]
    runs = [row for row in many.rejects() if row["reason"] == "blank_line"]
    assert len(runs) == 3  # the first blank line stays a row of its own
    assert runs[1]["expected"] == "nothing: the line is empty, like all up to line 5002"


def test_rejected_lines_are_written_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = [LINE if number % 3 else LINE.replace("0.50", f"none{number}") for number in range(5000)]
    driven = drive(DISTROKID + "\n" + "".join(lines), tmp_path)
    rejects = driven.rejects()
    assert [int(row["line"]) for row in rejects] == [number + 2 for number in range(0, 5000, 3)]
    assert all(f"none{int(row['line']) - 2}" in row["text"] for row in rejects)
