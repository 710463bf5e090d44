"""Malicious and broken files: each is refused with a clear message, soon, and in bounded memory."""

from __future__ import annotations

import gzip
import io
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from glider.cleaning.input.containers import Limits, Unpacker
from glider.cleaning.input.encoding import open_text
from glider.cleaning.input.workbooks import SheetLimits
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive, open_document, rows_of, workbook
from tests.glider.driving import DISTROKID, distrokid, drive, settings

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
MEGABYTE = 1024 * 1024
SECONDS = 60


def failed(content: bytes | str, folder: Path, limits: Limits | None = None) -> tuple[Cause, str]:
    started = time.monotonic()
    with pytest.raises(JobFailed) as caught:
        drive(content, folder, settings(limits=limits))
    assert time.monotonic() - started < SECONDS
    return caught.value.cause, caught.value.message


def grown(work: Callable[[], object]) -> int:
    """By how many bytes the process's largest size grew."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


def repacked(content: bytes, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A workbook with some of its members changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(info.filename, old.read(info)))
        for name, extra in (more or {}).items():
            new.writestr(name, extra)
    return file.getvalue()


def test_a_gzip_bomb_is_stopped_where_its_ratio_shows(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(220 * MEGABYTE), 1)

    def read() -> None:
        cause, message = failed(bomb, tmp_path)
        assert (cause, message) == (Cause.TOO_LARGE, "The file unpacks to more than OAS takes.")

    assert grown(read) < 100 * MEGABYTE


def test_a_zip_bomb_is_stopped_whatever_its_members_declare(tmp_path: Path) -> None:
    small = Limits(bytes=20 * MEGABYTE, ratio=200, members=1000)
    assert failed(archive({"a.txt": bytes(30 * MEGABYTE)}), tmp_path, small)[0] is Cause.TOO_LARGE


def test_members_that_are_small_each_count_together(tmp_path: Path) -> None:
    limits = Limits(bytes=5 * MEGABYTE, ratio=10_000, members=1000)
    members = {f"{number}.txt": bytes([48 + number]) * MEGABYTE for number in range(9)}
    assert failed(archive(members), tmp_path, limits)[0] is Cause.TOO_LARGE


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    members = {f"{number}.txt": f"{number}" for number in range(30)}
    cause, message = failed(archive(members), tmp_path, Limits(bytes=10**9, ratio=200, members=20))
    assert (cause, message) == (Cause.TOO_LARGE, "The archive has more than 20 members.")


def test_a_directory_that_states_an_absurd_size_is_not_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(3000):
            made.writestr(f"{number:0500}.txt", "")
    cause, _ = failed(file.getvalue(), tmp_path, Limits(bytes=10**9, ratio=200, members=10))
    assert cause is Cause.TOO_LARGE


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "/etc/passwd.txt", "..\\..\\x.txt", "C:\\x.txt", "a/../../b.txt"]
)
def test_names_of_members_lead_nowhere(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "deeper"
    driven = drive(archive({name: distrokid(ONE)}), folder)
    assert driven.figures.accepted == 1
    assert "/" not in driven.lines["source_part"][0]
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(folder)]
    assert outside == []


def test_a_name_is_shown_without_what_could_hurt_a_screen(tmp_path: Path) -> None:
    driven = drive(archive({"a\x1b[31m\u202e.txt": distrokid(ONE)}), tmp_path)
    assert driven.lines["source_part"].to_list() == ["a\ufffd[31m\ufffd.txt"]


def test_a_locked_archive_says_that_it_is_locked(tmp_path: Path) -> None:
    content = bytearray(archive({"a.txt": distrokid(ONE)}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    assert failed(bytes(content), tmp_path) == (Cause.CORRUPT_FILE, "The file is locked with a password.")


def test_a_damaged_archive_says_that_it_is_damaged(tmp_path: Path) -> None:
    content = archive({"a.txt": distrokid(ONE)})
    assert failed(content[:-40], tmp_path) == (Cause.CORRUPT_FILE, "The file (zip) is damaged or cut off.")


def test_a_workbook_that_laughs_a_billion_times_is_not_read(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE sst [<!ENTITY l0 "lol">{entities}]>'.encode()

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"<sst", laughs + b"<sst", 1) if name == "xl/sharedStrings.xml" else content

    cause, message = failed(repacked(workbook({"S": rows_of(distrokid(ONE))}), change), tmp_path)
    assert cause is Cause.CORRUPT_FILE
    assert "XML entities" in message


def test_a_workbook_that_unpacks_to_too_much_is_stopped(tmp_path: Path) -> None:
    small = Limits(bytes=20 * MEGABYTE, ratio=200, members=1000)
    content = repacked(workbook({"S": [["a"]]}), lambda _, old: old, {"xl/media/x": bytes(30 * MEGABYTE)})
    assert failed(content, tmp_path, small)[0] is Cause.TOO_LARGE


def test_a_cell_in_the_last_row_and_column_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet("S")
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, 1)

    def read() -> None:
        cause, message = failed(file.getvalue(), tmp_path)
        assert cause is Cause.TOO_LARGE
        assert "send it as CSV" in message

    assert grown(read) < 100 * MEGABYTE


def test_rows_repeated_a_million_times_do_not_fill_the_memory(tmp_path: Path) -> None:
    content = open_document({"S": [["a", 1.5]]})

    def change(name: str, old: bytes) -> bytes:
        if name != "content.xml":
            return old
        rows = old.replace(b"<table:table-row", b'<table:table-row table:number-rows-repeated="1048576"')
        return rows.replace(b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="8000"')

    def read() -> None:
        assert failed(repacked(content, change), tmp_path)[0] in (Cause.TOO_LARGE, Cause.CORRUPT_FILE)

    assert grown(read) < 100 * MEGABYTE


def test_a_workbook_gets_so_much_time_and_no_more(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(workbook({"S": [["a"]]}))
    limits = Limits(10**9, 200, 1000, sheets=SheetLimits(seconds=0))
    with pytest.raises(JobFailed, match="takes more than 0 seconds"):
        Unpacker(tmp_path, limits, raw.stat().st_size).open(raw)


def test_a_line_of_a_gigabyte_is_refused_as_no_table(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with raw.open("wb") as file:
        file.write(DISTROKID.encode() + b"\n")
        file.truncate(1024 * MEGABYTE)  # sparse: zeros that take no room

    def read() -> None:
        with pytest.raises(JobFailed, match="line of more than 1048576 bytes"):
            open_text(raw, tmp_path, longest_line=MEGABYTE)

    assert grown(read) < 100 * MEGABYTE
    raw.unlink()


def test_a_hundred_thousand_columns_are_refused(tmp_path: Path) -> None:
    wide = DISTROKID + "\t" + "\t".join(f"Extra {number}" for number in range(100_000)) + "\n"
    cause, message = failed(wide + "\t" * 100_012 + "\n", tmp_path / "known")
    assert (cause, message) == (Cause.TOO_LARGE, "The table has 100013 columns, more than OAS takes.")
    unknown = ",".join(f"Column {number}" for number in range(100_000)) + "\n"
    assert failed(unknown + "," * 99_999 + "\n" * 300, tmp_path / "unknown")[0] in (
        Cause.UNKNOWN_LAYOUT,
        Cause.TOO_LARGE,
    )


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path) -> None:
    lines = [ONE.replace("Song One", f"Song {number}") for number in range(2000)]
    text = distrokid(*lines).replace("Song 700\t", '"Song 700\t')
    driven = drive(text, tmp_path)
    assert driven.figures.accepted == 1999
    assert driven.reasons() == {702: "broken_quotes"}


def test_many_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    driven = drive(distrokid(ONE) + "\n" * 300_000, tmp_path)
    assert driven.figures.accepted == 1
    assert driven.figures.skipped == 300_000


def test_more_lines_than_taken_are_refused(tmp_path: Path) -> None:
    limits = Limits(10**9, 200, 1000, lines=10)
    assert failed(distrokid(*[ONE] * 20), tmp_path, limits) == (Cause.TOO_LARGE, "The table has more than 10 lines.")


@pytest.mark.parametrize(
    "text", ["<html><table><tr><td>x</td></tr></table></html>", '<?xml version="1.0"?><Workbook/>']
)
def test_markup_named_as_a_workbook_is_no_table(text: str, tmp_path: Path) -> None:
    cause, message = failed(text, tmp_path)
    assert cause is Cause.NOT_A_TABLE
    assert "web page or XML" in message


def test_a_text_document_is_no_table(tmp_path: Path) -> None:
    content = archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
    assert failed(content, tmp_path)[0] is Cause.NOT_A_TABLE
