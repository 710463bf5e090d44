from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from glider.cleaning.input import encoding as text_module
from glider.cleaning.input.encoding import open_text
from glider.contract import Cause
from glider.errors import JobFailed

TABLE = "Künstler;Titel\r\nBjörk;Jóga\r\n"


def opened(content: bytes, folder: Path) -> tuple[str, str, int]:
    path = folder / "file"
    path.write_bytes(content)
    found = open_text(path, folder, longest_line=1000)
    text = found.path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    return text, found.encoding, found.lines


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
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
    monkeypatch.setattr(text_module, "CHUNK", size)
    for number, content in enumerate((TABLE.encode("utf-16-le"), TABLE.encode("cp1252"), TABLE.encode())):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert opened(content, folder)[0] == TABLE.replace("\r\n", "\n")


def test_quotes_of_windows_are_read_as_cp1252(tmp_path: Path) -> None:
    assert opened("a;\x93Song\x94 \x80 5\n".encode("latin-1"), tmp_path)[0] == "a;\u201cSong\u201d \u20ac 5\n"


def test_a_few_damaged_bytes_do_not_turn_a_utf8_file_into_another_encoding(tmp_path: Path) -> None:
    content = ("é" * 100).encode() + b"\xff\n"
    text, encoding, _ = opened(content, tmp_path)
    assert (text, encoding) == ("é" * 100 + "\ufffd\n", "utf-8")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"PAR1\x15\x04", "Parquet"),
        (bytes(range(256)) * 40, "binary"),
        (b"a" * 3000, "line of more than 1000 bytes"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(content: bytes, word: str, tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match=word) as failed:
        opened(content, tmp_path)
    assert failed.value.cause is Cause.NOT_A_TABLE


def test_a_last_line_without_a_line_break_is_counted(tmp_path: Path) -> None:
    assert opened(b"a\nb", tmp_path)[2] == 2
