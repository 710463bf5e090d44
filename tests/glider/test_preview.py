"""The preview of a file: what cleaning would make of it, or why it would fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from glider.contract import Cause, PreviewResult
from glider.preview import MOST_LINES, MOST_ROWS, inspect
from tests.glider.driving import DISTROKID, JOB, distrokid, settings

SALE = "2025-07|Spotify|Song One|QZAAA2500001||3|0.50"


def preview(content: str, folder: Path) -> PreviewResult:
    raw = folder / "raw"
    raw.write_text(content, encoding="utf-8")
    return inspect(raw, folder, settings(), PreviewResult(job=JOB))


def test_a_recognised_file_shows_its_layout_its_first_sale_lines_and_its_figures(tmp_path: Path) -> None:
    found = preview(distrokid(SALE, "2025-07|Spotify|Song One|QZAAA2500001||3|broken"), tmp_path)
    (member,) = found.parts
    assert (member.layout, member.header_line, member.delimiter, member.encoding) == ("distrokid", 1, "\t", "utf-8")
    assert set(member.known) | set(member.unknown) == set(DISTROKID.split("\t"))
    assert [(line["source_row"], line["period"], line["isrc"], line["quantity"]) for line in found.lines] == [
        (2, "2025-07-01", "QZAAA2500001", 3)
    ]
    assert found.lines[0]["net"] == "0.500000000000000000"
    assert found.figures is not None
    assert (found.figures.accepted, found.figures.reasons) == (1, {"bad_net": 1})
    assert (found.cause, found.seen) == (None, [])


def test_only_the_first_sale_lines_are_shown(tmp_path: Path) -> None:
    found = preview(distrokid(*[SALE] * (MOST_LINES + 5)), tmp_path)
    assert len(found.lines) == MOST_LINES
    assert found.figures is not None
    assert found.figures.accepted == MOST_LINES + 5


def test_an_unknown_file_shows_its_first_rows_and_why_cleaning_would_fail(tmp_path: Path) -> None:
    found = preview("Day;Shop;To us\n" + "2025-07-01;Moon;1,5\n" * 20, tmp_path)
    assert (found.cause, found.parts, found.lines, found.figures) == (Cause.UNKNOWN_LAYOUT, [], [], None)
    (member,) = found.seen
    assert member.delimiter == ";"
    assert member.rows == [["Day", "Shop", "To us"], *[["2025-07-01", "Moon", "1,5"]] * (MOST_ROWS - 1)]


def test_an_empty_file_is_no_exception(tmp_path: Path) -> None:
    assert preview("", tmp_path).cause is Cause.EMPTY_FILE


def test_a_line_that_is_too_long_leaves_a_member_without_rows(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_text("x" * 100, encoding="utf-8")
    found = inspect(raw, tmp_path, replace(settings(), longest_line=10), PreviewResult(job=JOB))
    assert found.cause is not None
    assert [member.rows for member in found.seen] == [[]]
