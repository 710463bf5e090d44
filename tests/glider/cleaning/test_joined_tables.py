"""Members of one layout and one header are read together, with the outcome of reading each alone."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glider.cleaning import joined_tables, pipeline, tables
from tests.glider.driving import DISTROKID, Driven, distrokid, drive, not_tied


def archive(members: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return target.getvalue()


def member(number: int, *more: str) -> str:
    lines = (f"2025-07|Spotify|Song {number}|QZAAA25{number:05}||{number}|0.{number + 1:05}", *more)
    return distrokid(*lines)


def alone(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Driven:
    with monkeypatch.context() as patch:
        patch.setattr(joined_tables, "LEAST_TABLES", 10**6)
        return drive(content, folder)


def count_calls(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[int]:
    """A list to which a 1 is added at each call of the function `name` of `module`."""
    found: list[int] = []
    function = getattr(module, name)

    def counting(*args: Any, **options: Any) -> Any:
        found.append(1)
        return function(*args, **options)

    monkeypatch.setattr(module, name, counting)
    return found


def test_many_members_of_a_line_take_one_pass_and_one_look_at_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes, looks = count_calls(monkeypatch, pipeline, "_pass"), count_calls(monkeypatch, tables, "find_header")
    driven = drive(archive({f"{number:03}.tsv": member(number) for number in range(200)}), tmp_path)
    assert (driven.figures.accepted, driven.figures.rows_read) == (200, 200)
    assert driven.figures.net_accepted == sum(Decimal(f"0.{number + 1:05}") for number in range(200))
    assert not_tied(driven) == []
    assert (len(looks), len(passes)) == (1, 1)


def test_every_line_keeps_its_member_and_its_number_there(tmp_path: Path) -> None:
    contents = {f"{n:03}.tsv": member(n, f"2025-07|Spotify|More {n}|||1|0.5{n:04}") for n in range(20)}
    lines = drive(archive(contents), tmp_path).lines.sort("source_part", "source_row")
    expected = [(name, row) for name in contents for row in (2, 3)]
    assert list(lines.select("source_part", "source_row").iter_rows()) == expected
    assert lines.filter(pl.col("source_part") == "007.tsv")["track"].to_list() == ["Song 7", "More 7"]


@pytest.mark.parametrize(
    "odd",
    [
        "2025-07|Spotify|Song|||1|none",
        "never|Spotify|Song|||1|1.50",
        "2025-07|Spotify|Song|||1|1,50",
        "|||||||".replace("|||||||", "||||||"),
        '2025-07|Spotify|"Heroes|||1|1.50',
        "2025-07|Spotify|Total|||5|5.00",
    ],
)
def test_a_member_with_an_odd_line_is_read_as_if_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    contents = {f"{n:03}.tsv": member(n) for n in range(20)} | {"odd.tsv": member(77, odd)}
    together = drive(archive(contents), tmp_path / "together")
    each = alone(archive(contents), tmp_path / "alone", monkeypatch)
    order = ["source_part", "source_row"]
    assert together.lines.sort(order).equals(each.lines.sort(order))
    assert together.figures.reasons == each.figures.reasons
    if together.cleaned.rejects:
        assert together.rejects() == each.rejects()


def test_a_member_with_the_lines_of_another_is_left_out_as_before(tmp_path: Path) -> None:
    contents = {f"{n:03}.tsv": member(n) for n in range(20)} | {"copy.tsv": member(3) + "\r\n"}
    driven = drive(archive(contents), tmp_path)
    assert driven.figures.accepted == 20
    assert any("copy.tsv" in text or "003.tsv" in text for text in driven.figures.warnings)


def test_members_of_other_headers_are_not_joined(tmp_path: Path) -> None:
    wider = (DISTROKID + "\tNote\r\n") + "2025-09-25\t2025-07\tSpotify\tA\tS\t\t\t1\t100\tSong\tUS\t0\t2.50\tx\r\n"
    contents = {f"{n:03}.tsv": member(n) for n in range(20)} | {"wide.tsv": wider}
    driven = drive(archive(contents), tmp_path)
    assert (driven.figures.accepted, not_tied(driven)) == (21, [])
