"""The program that reads workbooks: cells as text, rows as lines, limits. `test_workbooks.py` runs all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from glider.cleaning.input.workbook_program import TooLarge, answer, cell_text, is_locked, lines_of, write
from tests.glider.cleaning.input.containers import archive, old_workbook, workbook


class Rows:
    """A sheet as calamine gives it."""

    def __init__(self, *rows: list[object]) -> None:
        self.width = max(map(len, rows))
        self.rows = rows

    def iter_rows(self) -> Iterator[list[object]]:
        return iter(self.rows)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (0.1, "0.1"),
        (3.27362068463e-05, "3.27362068463e-05"),
        (36000291452.0, "36000291452"),
        (0.153, "0.153"),
        (-12.345, "-12.3450"),  # not to be taken for thousands
        (1234.567, "1234.567"),
        (2.0**53, "9007199254740992"),
        (2.0**60, "1.152921504606847e+18"),
        (float("nan"), ""),
        (float("inf"), ""),
        (7, "7"),
        (True, "TRUE"),
        (None, ""),
        ("two\nlines\tand a tab\0", "two lines and a tab"),
        (datetime.combine(date(2025, 7, 1), time()), "2025-07-01"),
        (datetime.combine(date(2025, 7, 1), time(12, 30)), "2025-07-01 12:30:00"),
        (date(2025, 7, 1), "2025-07-01"),
        (time(12, 30), "12:30:00"),
    ],
)
def test_a_cell_becomes_text_on_one_line_without_losing_a_digit(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_every_row_is_a_line_also_an_empty_one() -> None:
    assert list(lines_of(Rows(["", ""], ["a", 1.0]), most_columns=2)) == ["\t", "a\t1"]


def test_a_sheet_with_more_columns_than_allowed_is_not_read() -> None:
    with pytest.raises(TooLarge):
        next(lines_of(Rows(["a", "b", "c"]), most_columns=2))


def test_lines_are_written_until_no_bytes_are_left(tmp_path: Path) -> None:
    assert write(iter(["ab", "c"]), tmp_path / "enough", 6) == 1
    assert (tmp_path / "enough").read_bytes() == b"ab\nc\n"
    with pytest.raises(TooLarge):
        write(iter(["ab", "c"]), tmp_path / "short", 4)


def test_the_answer_names_each_sheet_that_is_not_empty(tmp_path: Path) -> None:
    path, target = tmp_path / "book.xlsx", tmp_path / "out"
    path.write_bytes(workbook({"Empty": [], "Sales": [["a", "b"]]}))
    request = {"path": str(path), "target": str(target), "bytes": 100, "columns": 10, "sheets": 5}
    assert answer(request) == {"sheets": [{"path": f"{target}-1", "title": "Sales", "hidden": False}]}
    assert Path(f"{target}-1").read_text() == "a\tb\n"


@pytest.mark.parametrize(("limit", "cause"), [({"sheets": 1}, "too_large"), ({"bytes": 3}, "too_large")])
def test_a_workbook_beyond_a_limit_is_answered_with_the_cause(
    limit: dict[str, int], cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook({"One": [["a", "b"]], "Two": [["c"]]}))
    request = {"path": str(path), "target": str(tmp_path / "out"), "bytes": 100, "columns": 10, "sheets": 5, **limit}
    assert answer(request)["cause"] == "too_large"


def test_what_is_no_workbook_is_answered_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no workbook")
    request = {"path": str(path), "target": str(tmp_path / "out"), "bytes": 100, "columns": 10, "sheets": 5}
    assert answer(request)["cause"] == "corrupt_file"


def test_an_encrypted_workbook_is_known_by_its_bytes(tmp_path: Path) -> None:
    plain = old_workbook({"Data": [["a", 1]]})
    first = plain.index(b"\x09\x08\x10\x00") + 20
    made = {
        "xls": plain[:first] + b"\x2f\x00" + plain[first + 2 :],
        "ods": archive({"META-INF/manifest.xml": "<manifest:encryption-data/>", "content.xml": "x"}),
        "plain.xls": plain,
        "plain.xlsx": workbook({"Data": [["a", 1]]}),
        "text": b"a,b",
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    assert [name for name in made if is_locked(tmp_path / name)] == ["xls", "ods"]
