from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from catalogue.services.imports.sound_rows import SEPARATOR, Form, strict_cells, write_rows

FORM = Form(delimiter=",", identifiers=(0,), longest=1000)
Row = tuple[int, str, list[str]]


def rows_of(text: str, folder: Path, form: Form = FORM) -> list[Row]:
    """Number, text of a line that cannot be read, cells."""
    source, target = folder / "source", folder / "target"
    source.write_text(text, encoding="utf-8", newline="")
    count = write_rows(source, target, form)
    lines = target.read_text(encoding="utf-8").splitlines() if count else []
    assert len(lines) == count
    return [(int(number), broken, cells) for number, broken, *cells in (line.split(SEPARATOR) for line in lines)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("h\na,b\nc,d\n", [(2, "", ["a", "b"]), (3, "", ["c", "d"])]),
        ("h\r\na,b\r\nc,d", [(2, "", ["a", "b"]), (3, "", ["c", "d"])]),
        ("h\na,b\n\n  \nc,d\n\n", [(2, "", ["a", "b"]), (5, "", ["c", "d"])]),
        ('h\r\n"a,b","say ""hi"""\r\n', [(2, "", ["a,b", 'say "hi"'])]),
        ('h\na,7" Mix\nb,12" Mix\n', [(2, "", ["a", '7" Mix']), (3, "", ["b", '12" Mix'])]),
        ('h\na,"Night\nBus",x\r\nc,d\n', [(2, "", ["a", "Night Bus", "x"]), (3, "", ["c", "d"])]),
        ('h\na,"Night\r\n\r\nBus"\nc,d\n', [(2, "", ["a", "Night  Bus"]), (3, "", ["c", "d"])]),
        ("h\na,N\ri\x1fght\n", [(2, "", ["a", "N i ght"])]),
        ("h", []),
        ("h\n\n\n", []),
        ("", []),
    ],
)
def test_rows_are_numbered_as_a_spreadsheet_counts_them(text: str, rows: list[Row], tmp_path: Path) -> None:
    assert rows_of(text, tmp_path) == rows


@pytest.mark.parametrize(
    ("text", "broken", "others"),
    [
        ('h\na,"b\nc,d\n', {2: 'line 2: a,"b'}, {3: ["c", "d"]}),
        ('h\na,"b"c\nc,d\n', {2: 'line 2: a,"b"c'}, {3: ["c", "d"]}),
        ('h\na,"b\nc,"d"\n', {2: 'line 2: a,"b'}, {3: ["c", "d"]}),
        ('h\na,"b\nc,"d\n', {2: 'line 2: a,"b', 3: 'line 3: c,"d'}, {}),
        ('h\na,b\nc,d"\n', {}, {2: ["a", "b"], 3: ["c", 'd"']}),
        ('h\na,"1\n2"\na,"b\nc,d\n', {3: 'line 4: a,"b'}, {2: ["a", "1 2"], 4: ["c", "d"]}),
        ("h\n" + 'a,"' + "b" * 300 + "\nc,d", {2: 'line 2: a,"' + "b" * 189}, {3: ["c", "d"]}),
    ],
)
def test_a_quote_left_open_costs_its_own_line_only(
    text: str, broken: dict[int, str], others: dict[int, list[str]], tmp_path: Path
) -> None:
    rows = rows_of(text, tmp_path)
    assert {number: line for number, line, _ in rows if line} == broken
    assert {number: cells for number, line, cells in rows if not line} == others


def test_a_cell_that_goes_on_for_too_long_is_not_one(tmp_path: Path) -> None:
    inside = "".join(f"word {number}\n" for number in range(200))
    rows = rows_of(f'h\na,"{inside}",b\nc,d\n', tmp_path)
    assert rows[0] == (2, 'line 2: a,"word 0', [])
    assert rows[-1] == (203, "", ["c", "d"])
    assert len(rows) == 202


@pytest.mark.parametrize("lost", ["QZAAA2500002,Day,x", "qz-aaa-25-00002 ,Day,x", "036000291452,Day,x"])
def test_sound_quotes_that_hold_a_row_are_not_sound(lost: str, tmp_path: Path) -> None:
    """A quote left open, and an inch sign at the end of a later cell that closes it by chance."""
    text = f'h\nQZAAA2500001,"Night,x\n{lost}\nQZAAA2500003,Mix 7",x\n'
    assert rows_of(text, tmp_path) == [
        (2, 'line 2: QZAAA2500001,"Night,x', []),
        (3, "", lost.split(",")),
        (4, "", ["QZAAA2500003", 'Mix 7"', "x"]),
    ]


def test_sound_quotes_that_hold_the_rest_of_a_row_are_not_sound(tmp_path: Path) -> None:
    form = Form(delimiter=",", identifiers=(1,), longest=1000)
    text = 'h\n"Night,QZAAA2500001\nMix 7",QZAAA2500002\n'
    assert rows_of(text, tmp_path, form) == [
        (2, 'line 2: "Night,QZAAA2500001', []),
        (3, "", ['Mix 7"', "QZAAA2500002"]),
    ]


def test_a_note_of_several_lines_may_name_an_identifier(tmp_path: Path) -> None:
    note = "as on QZAAA2500009\nand, too, QZAAA2500008"
    assert rows_of(f'h\nQZAAA2500001,"{note}"\n', tmp_path) == [(2, "", ["QZAAA2500001", note.replace("\n", " ")])]


@st.composite
def files(draw: DrawFn) -> str:
    """A header and lines with quotes, delimiters and line breaks anywhere."""
    return "h\n" + draw(st.text(alphabet='a",\n\r ', max_size=60))


@given(text=files())
def test_no_line_is_lost_or_read_twice(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is written is what stood in the lines: each letter and each delimiter outside quotes is there once."""
    rows = rows_of(text, tmp_path_factory.mktemp("rows"))
    written = "".join(broken.partition(": ")[2] + "".join(cells) for _, broken, cells in rows)
    assert written.count("a") == text.count("a")
    assert [number for number, *_ in rows] == sorted({number for number, *_ in rows})


@given(cells=st.lists(st.lists(st.text(alphabet='ab",\n', max_size=6), min_size=2, max_size=4), max_size=6))
def test_sound_quotes_are_read_as_they_were_written(
    cells: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells)
    rows = rows_of("h\n" + "\n".join(quoted), tmp_path_factory.mktemp("rows"))
    assert rows == [(number, "", [cell.replace("\n", " ") for cell in row]) for number, row in enumerate(cells, 2)]


def test_a_quote_left_open_in_every_line_does_not_read_the_file_again_and_again(tmp_path: Path) -> None:
    form = Form(delimiter=",", identifiers=(0,), longest=10**6)
    plain = "".join(f"b,{number}\n" for number in range(50))
    started = time.monotonic()
    rows = rows_of("h\n" + f'a,"b\n{plain}' * 2000, tmp_path, form)
    assert (len(rows), sum(bool(broken) for _, broken, _ in rows)) == (102_000, 2000)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"a,b",c', ["a,b", "c"]),
        ("", []),
        ('"a', None),
        ('"a"b', None),
        ("x" * 131_073, None),
    ],
)
def test_cells_of_one_line_are_read_strictly(line: str, cells: list[str] | None) -> None:
    assert strict_cells(line, ",") == cells
