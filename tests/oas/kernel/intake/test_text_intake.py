from __future__ import annotations

import codecs
import errno
import gzip
import io
from pathlib import Path

import pytest

from oas.kernel.intake import text_intake
from oas.kernel.intake.text_intake import PIECE, Unreadable, Wanted, inflate, inflate_limit, open_text, split

TABLE = "Künstler;Titel\r\nBjörk;Jóga\r\n"


def opened(content: bytes, folder: Path) -> tuple[str, str, int]:
    path = folder / "file"
    path.write_bytes(content)
    found = open_text(path, folder, longest_line=1000, wanted=Wanted())
    text = found.path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    return text, found.encoding, found.lines


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + TABLE.encode("utf-32-le"), "utf-32-le"),
        (codecs.BOM_UTF32_BE + TABLE.encode("utf-32-be"), "utf-32-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("cp1252"), "cp1252"),
        (TABLE.replace("\r\n", "\r").encode(), "utf-8"),
        (TABLE.replace("\r\n", "\n").encode(), "utf-8"),
        (TABLE.replace("T", "T\0").encode(), "utf-8"),
    ],
)
def test_every_encoding_and_line_break_gives_the_same_text(content: bytes, encoding: str, tmp_path: Path) -> None:
    assert opened(content, tmp_path) == (TABLE.replace("\r\n", "\n"), encoding, 2)


@pytest.mark.parametrize("size", range(1, 12))
def test_a_character_or_line_break_on_the_edge_of_two_chunks_is_kept(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_intake, "CHUNK", size)
    for number, content in enumerate((TABLE.encode("utf-16-le"), TABLE.encode("cp1252"), TABLE.encode())):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert opened(content, folder)[0] == TABLE.replace("\r\n", "\n")


def test_quotes_of_windows_are_read_as_cp1252(tmp_path: Path) -> None:
    assert opened("a;\x93Song\x94 \x80 5\n".encode("latin-1"), tmp_path)[0] == "a;\u201cSong\u201d \u20ac 5\n"


def test_a_few_damaged_bytes_do_not_turn_a_utf8_file_into_another_encoding(tmp_path: Path) -> None:
    content = ("é" * 100).encode() + b"\xff\n"
    path = tmp_path / "file"
    path.write_bytes(content)
    found = open_text(path, tmp_path, longest_line=1000, wanted=Wanted())
    assert found.path.read_text(encoding="utf-8") == "é" * 100 + "\ufffd\n"
    assert (found.encoding, found.warnings) == ("utf-8", ("1 damaged characters were replaced by \ufffd.",))


def test_the_file_itself_is_never_changed(tmp_path: Path) -> None:
    content = TABLE.encode("cp1252")
    opened(content, tmp_path)
    assert (tmp_path / "file").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"%PDF-1.7 ...", "The file is a PDF document, not a list of songs, whatever its name says."),
        (b"\x89PNG\r\n\x1a\n", "The file is a picture, not a list of songs, whatever its name says."),
        (b"PAR1\x15\x04", "The file is a Parquet file, not a list of songs, whatever its name says."),
        (b" <!DOCTYPE html>", "The file is a web page or XML, whatever its name says; save it as text."),
        (bytes(range(256)) * 40, "The file holds binary data, not text: it is no list of songs."),
        (b"a" * 3000, "The file has a line of more than 1000 bytes: it is no table."),
        (b"a\n" + b"b" * 3000 + b"\n", "The file has a line of more than 1000 bytes: it is no table."),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_what_it_is(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        open_text(path, tmp_path, longest_line=1000, wanted=Wanted(noun="list of songs", forms="text"))
    assert (refused.value.code, str(refused.value)) == ("not_a_table", text)


def test_a_last_line_without_a_line_break_is_counted(tmp_path: Path) -> None:
    assert opened(b"a\nb", tmp_path)[2] == 2


# --- gzip ---


def inflated(content: bytes, folder: Path, *, most: int) -> tuple[int, bytes]:
    (folder / "packed").write_bytes(content)
    size = inflate(folder / "packed", folder / "target", most=most)
    return size, (folder / "target").read_bytes()


def test_a_gzip_is_unpacked_up_to_its_limit(tmp_path: Path) -> None:
    content = b"x" * (PIECE + 5)
    packed = gzip.compress(content[:7]) + gzip.compress(content[7:])  # several streams are one file (RFC 1952, 2.2)
    assert inflated(packed, tmp_path, most=len(content)) == (len(content), content)
    with pytest.raises(Unreadable, match="unpacks to more than OAS takes") as refused:
        inflated(packed, tmp_path, most=len(content) - 1)
    assert refused.value.code == "too_large"
    assert (tmp_path / "target").stat().st_size <= len(content)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"x" * 5000)[:-9],
        gzip.compress(b"x" * 5000)[:-4] + b"\0\0\0\0",
        b"\x1f\x8b\x08\0nonsense" * 3,
        gzip.compress(b"x") + b"more",
    ],
    ids=["cut off", "wrong length", "damaged", "something after it"],
)
def test_a_gzip_that_is_damaged_or_cut_off_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "packed").write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        inflate(tmp_path / "packed", tmp_path / "target", most=10**6, name="a.gz")
    assert (refused.value.code, str(refused.value)) == ("corrupt_file", "a.gz (gzip) is damaged or cut off.")


def test_a_full_disk_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, *_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "packed").write_bytes(gzip.compress(b"x"))
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode="r": Full() if mode == "wb" else real(path, mode))
    with pytest.raises(OSError, match="No space left"):
        inflate(tmp_path / "packed", tmp_path / "target", most=10)


def test_what_a_file_may_unpack_to_grows_with_its_size() -> None:
    assert inflate_limit(10 * PIECE, most=10**12, ratio=200) == 2000 * PIECE
    assert inflate_limit(1, most=10**12, ratio=200) == 200 * PIECE
    assert inflate_limit(10 * PIECE, most=7, ratio=200) == 7


# --- cells ---


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a,b", ("a", "b")),
        ('"a,b",c', ("a,b", "c")),
        ('"say ""hi""",c', ('say "hi"', "c")),
        ('7" Mix,c', ('7" Mix', "c")),
        ("", ("",)),
        ('"' + "x" * 140_000 + ",c", ('"' + "x" * 140_000, "c")),  # more than `csv` takes as one cell
    ],
)
def test_a_line_is_split_at_delimiters_outside_quotes(line: str, cells: tuple[str, ...]) -> None:
    assert split(line, ",") == cells
