"""Promise 12: unpacking and parsing have limits. Files made to do harm end soon, and in little memory.

(More of them: tests/glider/cleaning/input/test_zip_safety.py.)
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from glider.cleaning.input.containers import Limits
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive, rows_of, workbook
from tests.glider.cleaning.input.test_zip_safety import MEGABYTE, ONE, failed, grown, repacked
from tests.glider.driving import distrokid, drive

SMALL = Limits(bytes=20 * MEGABYTE, ratio=200, members=50)


def test_a_bomb_in_a_bomb_is_counted_together(tmp_path: Path) -> None:
    inner = gzip.compress(bytes(30 * MEGABYTE), 9)
    assert failed(archive({"a.csv.gz": inner}), tmp_path, SMALL)[0] is Cause.TOO_LARGE


def test_a_gzip_of_many_small_streams_has_the_same_limit(tmp_path: Path) -> None:
    streams = b"".join(gzip.compress(bytes(MEGABYTE), 1) for _ in range(30))
    assert failed(streams, tmp_path, SMALL)[0] is Cause.TOO_LARGE


def test_one_content_under_many_names_is_counted_each_time(tmp_path: Path) -> None:
    """Members that overlap (Fifield, "A better zip bomb"): their directory entries point at the same data."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.txt", bytes(3 * MEGABYTE))
        made.filelist += [_named(made.filelist[0], f"{number}.txt") for number in range(20)]
    assert failed(file.getvalue(), tmp_path, SMALL)[0] in (Cause.TOO_LARGE, Cause.CORRUPT_FILE)


def _named(info: zipfile.ZipInfo, name: str) -> zipfile.ZipInfo:
    copy = zipfile.ZipInfo(name, info.date_time)
    for field in ("compress_type", "header_offset", "CRC", "compress_size", "file_size"):
        setattr(copy, field, getattr(info, field))
    return copy


def test_a_gzip_that_lies_about_its_size_is_measured(tmp_path: Path) -> None:
    bomb = bytearray(gzip.compress(bytes(220 * MEGABYTE), 1))
    bomb[-4:] = (100).to_bytes(4, "little")

    def read() -> None:
        assert failed(bytes(bomb), tmp_path)[0] is Cause.TOO_LARGE

    assert grown(read) < 100 * MEGABYTE


def test_links_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        link = zipfile.ZipInfo("sales.csv")
        link.external_attr = 0o120777 << 16  # a symbolic link
        made.writestr(link, "/etc/passwd")
    with pytest.raises(JobFailed) as caught:
        drive(file.getvalue(), tmp_path)
    assert "root:" not in caught.value.message
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_an_archive_of_another_kind_is_no_table(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo("../../a.csv"))
    with pytest.raises(JobFailed):
        drive(file.getvalue(), tmp_path / "in")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("system", ["file:///etc/passwd", "http://127.0.0.1:1/"])
def test_an_entity_of_a_workbook_is_never_fetched(tmp_path: Path, system: str) -> None:
    outside = f'<!DOCTYPE sst [<!ENTITY x SYSTEM "{system}">]>'.encode()

    def change(name: str, content: bytes) -> bytes:
        if name != "xl/sharedStrings.xml":
            return content
        return content.replace(b"<sst", outside + b"<sst", 1).replace(b"Song One", b"&x;")

    cause, message = failed(repacked(workbook({"S": rows_of(distrokid(ONE))}), change), tmp_path)
    assert cause is Cause.CORRUPT_FILE
    assert "root:" not in message


def test_formula_cells_are_text_and_nothing_runs(tmp_path: Path) -> None:
    line = ONE.replace("Song One", '=HYPERLINK("http://evil.example","x")')
    driven = drive(workbook({"S": rows_of(distrokid(line))}), tmp_path)
    assert driven.accepted["track"].to_list() == ['=HYPERLINK("http://evil.example","x")']


def test_cells_of_a_megabyte_do_not_make_the_next_line_fail(tmp_path: Path) -> None:
    long = ONE.replace("Song One", "x" * (MEGABYTE // 2))
    driven = drive(distrokid(long, ONE), tmp_path)
    assert driven.figures.rows_read == 2
    assert driven.figures.accepted >= 1


def test_nuls_do_not_end_a_line(tmp_path: Path) -> None:
    driven = drive(distrokid(ONE.replace("Song One", "Song\x00 One"), ONE), tmp_path)
    assert driven.figures.rows_read == 2
