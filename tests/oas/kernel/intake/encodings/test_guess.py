from __future__ import annotations

from pathlib import Path

import pytest

from oas.kernel.intake.encodings.guess import is_nearly_utf8
from oas.kernel.intake.text_intake import Told, Unreadable, Wanted, open_text

RUSSIAN = "Артист;Песня\n" + "Ночной Поезд;Рассвет\n" * 40
JAPANESE = "アーティスト,曲\n" + "青い電車,夜の駅\n" * 40


def read(content: bytes, folder: Path, encoding: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    path = folder / "file"
    path.write_bytes(content)
    found = open_text(path, folder, longest_line=10_000, wanted=Wanted(), told=Told(encoding))
    return found.encoding, found.path.read_bytes().decode(), found.warnings


@pytest.mark.parametrize("text", [RUSSIAN, JAPANESE])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_known_by_its_line_breaks_in_any_language(
    text: str, encoding: str, tmp_path: Path
) -> None:
    assert read(text.encode(encoding), tmp_path)[:2] == (encoding, text)


def test_stray_nuls_do_not_make_utf16(tmp_path: Path) -> None:
    content = ("Artist;Song\n" + "A\0B;C\0D\n" * 4).encode()
    assert read(content, tmp_path)[:2] == ("utf-8", "Artist;Song\n" + "AB;CD\n" * 4)


def test_a_guess_is_told_with_two_names(tmp_path: Path) -> None:
    _, _, warnings = read(RUSSIAN.encode("cp1251"), tmp_path)
    assert warnings == ("The file does not say its encoding; it was read as cp1251: 'Артист' and 'Песня'.",)


# --- a person's answer ---


def test_an_answer_counts_where_the_bytes_do_not_tell(tmp_path: Path) -> None:
    content = "Artist;Song\nŞebnem;Intro\n".encode("cp1254")
    with pytest.raises(Unreadable, match="do not tell which encoding"):
        read(content, tmp_path)
    assert read(content, tmp_path, encoding="cp1254")[:2] == ("cp1254", "Artist;Song\nŞebnem;Intro\n")
    assert read(content, tmp_path, encoding="cp1252")[:2] == ("cp1252", "Artist;Song\nÞebnem;Intro\n")


def test_an_answer_does_not_garble_text_that_is_utf8(tmp_path: Path) -> None:
    """Of an archive, one member may be UTF-8 and the other not."""
    assert read(RUSSIAN.encode(), tmp_path, encoding="cp1251")[:2] == ("utf-8", RUSSIAN)


def test_an_answer_in_which_the_file_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read in euc_kr") as refused:
        read(b"Artist;Song\n" + b"\xff\xff;\xfd\n" * 20, tmp_path, encoding="euc_kr")
    assert refused.value.code == "ambiguous_encoding"


def test_damage_is_replaced_counted_and_told(tmp_path: Path) -> None:
    content = JAPANESE.encode("cp932") + b"\x83\n"  # a cell that was cut off within a character
    encoding, text, warnings = read(content, tmp_path)
    assert (encoding, text) == ("shift_jis", JAPANESE + "\ufffd\n")
    assert warnings[0] == "1 damaged characters were replaced by \ufffd."


def test_a_few_damaged_bytes_leave_utf8_what_it_is() -> None:
    assert is_nearly_utf8(["é".encode() * 100 + b"\xff"])
    assert not is_nearly_utf8(["é".encode("cp1252") * 100])
