"""Containers: every member is unpacked once, under a name of its own, however it is packed."""

from __future__ import annotations

import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from glider.cleaning.input.containers import Limits
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive
from tests.glider.driving import Driven, distrokid, drive, settings

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"


def failed(content: bytes, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


def parts(driven: Driven) -> dict[str, Decimal]:
    """Net by part."""
    return dict(driven.accepted.group_by("source_part", maintain_order=True).agg(pl.col("net").sum()).iter_rows())


def test_the_members_of_an_archive_are_read_as_one_file(tmp_path: Path) -> None:
    driven = drive(archive({"july.txt": distrokid(ONE), "august.txt": distrokid(TWO)}), tmp_path)
    assert driven.figures.container == "zip"
    assert parts(driven) == {"july.txt": Decimal("0.5"), "august.txt": Decimal("0.25")}
    assert driven.lines["source_row"].to_list() == [2, 2]


def test_members_may_have_encodings_of_their_own(tmp_path: Path) -> None:
    umlaut = TWO.replace("Song Two", "Söng")
    members = {
        "a.txt": distrokid(ONE).encode("utf-8-sig"),
        "b.txt": distrokid(umlaut).encode("utf-16"),
        "c.txt": distrokid(umlaut.replace("0.25", "0.125")).encode("cp1252"),
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.encoding == "utf-8, utf-16-le, cp1252"
    assert driven.lines["track"].to_list() == ["Song One", "Söng", "Söng"]
    assert driven.figures.net_accepted == Decimal("0.875")


def test_archives_in_an_archive_are_opened_but_no_deeper(tmp_path: Path) -> None:
    inner = archive({"LabelX_20254_DSR.txt": distrokid(ONE)})
    driven = drive(archive({"x.zip": inner, "y.zip": archive({"b.txt": distrokid(TWO)})}), tmp_path / "two")
    assert parts(driven) == {"x.zip/LabelX_20254_DSR.txt": Decimal("0.5"), "y.zip/b.txt": Decimal("0.25")}
    cause, message = failed(archive({"z.zip": archive({"x.zip": inner})}), tmp_path / "three")
    assert cause is Cause.TOO_LARGE
    assert "archives within archives" in message


def test_a_packed_member_is_unpacked(tmp_path: Path) -> None:
    driven = drive(archive({"a.csv.gz": gzip.compress(distrokid(ONE).encode())}), tmp_path)
    assert parts(driven) == {"a.csv": Decimal("0.5")}


def test_a_member_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    driven = drive(archive({"a.txt": distrokid(ONE), "copy of a.txt": distrokid(ONE)}), tmp_path)
    assert driven.figures.net_accepted == Decimal("0.5")
    assert driven.figures.warnings == ["copy of a.txt is the same file as a.txt and was left out."]


def test_members_of_one_name_in_two_folders_get_a_number(tmp_path: Path) -> None:
    driven = drive(archive({"x/a.txt": distrokid(ONE), "y/a.txt": distrokid(TWO)}), tmp_path)
    assert parts(driven) == {"a.txt": Decimal("0.5"), "a.txt (2)": Decimal("0.25")}


def test_files_that_desktops_leave_in_folders_are_no_members(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "a.txt": distrokid(ONE),
        "__MACOSX/._a.txt": b"\0\1",
        ".DS_Store": b"x",
        "Thumbs.db": b"x",
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.warnings == []
    assert driven.figures.net_accepted == Decimal("0.5")


def test_a_member_without_a_name_is_read_and_shown_as_such(tmp_path: Path) -> None:
    named = archive({"nobody.txt": distrokid(ONE), "b.txt": distrokid(TWO)})
    driven = drive(named.replace(b"nobody.txt", b"\0obody.txt"), tmp_path)
    assert parts(driven) == {"(no name)": Decimal("0.5"), "b.txt": Decimal("0.25")}


def test_an_empty_member_is_left_out_with_a_warning(tmp_path: Path) -> None:
    driven = drive(archive({"a.txt": distrokid(ONE), "b.txt": ""}), tmp_path)
    assert driven.figures.warnings == ["b.txt is empty and was left out."]


def test_an_archive_of_nothing_is_an_empty_file(tmp_path: Path) -> None:
    assert failed(archive({}), tmp_path)[0] is Cause.EMPTY_FILE


def test_the_same_table_in_gzip_or_zip_gives_the_same_lines(tmp_path: Path) -> None:
    content = distrokid(ONE, ONE).encode()
    with zipfile.ZipFile(tmp_path / "z", "w") as file:
        file.writestr("folder/sales.tsv", content)
    plain = drive(content, tmp_path / "plain")
    packed = drive(gzip.compress(content), tmp_path / "gzip")
    zipped = drive((tmp_path / "z").read_bytes(), tmp_path / "zip")
    assert plain.lines.equals(packed.lines)
    assert zipped.lines.drop("source_part").equals(plain.lines.drop("source_part"))
    assert (packed.figures.container, zipped.figures.container) == ("gzip", "zip")


def test_unpacking_stops_at_its_limit(tmp_path: Path) -> None:
    small = Limits(bytes=1000, ratio=200, members=10)
    with pytest.raises(JobFailed) as failed:
        drive(gzip.compress(b"a" * 100_000), tmp_path, settings(limits=small))
    assert failed.value.cause is Cause.TOO_LARGE
