"""Encodings are told from the bytes: the table of files, and what each witness adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from oas.kernel.intake.encodings import decision
from oas.kernel.intake.encodings.decision import Decision, decide
from oas.kernel.intake.encodings.languages import languages
from oas.kernel.intake.encodings.names import UTF16, codec_of
from oas.kernel.intake.encodings.sample import sample_of
from oas.kernel.intake.text_intake import Unreadable, Wanted, open_text
from tests.oas.kernel.intake.encodings.files import HEADER, Encoded, files, single_names

FILES = files()


def read(content: bytes, folder: Path) -> tuple[str, str]:
    """The encoding and the text of a file with `content`."""
    path = folder / "file"
    path.write_bytes(content)
    found = open_text(path, folder, longest_line=10_000, wanted=Wanted())
    return found.encoding, found.path.read_text(encoding="utf-8")


def text_or_unclear(content: bytes, folder: Path) -> str | None:
    try:
        return read(content, folder)[1]
    except Unreadable as error:
        return None if error.code == "ambiguous_encoding" and error.readings else str(error)


def decided(names: Iterable[str], encoding: str, *, country: str = "", known: frozenset[str] = frozenset()) -> Decision:
    lines = "".join(f"2026-02;{name};1;{country};0.5\r\n" for name in names)
    return decide(sample_of([lines.encode(codec_of(encoding))], languages().countries), known)


def test_the_table_has_every_encoding_with_few_lines_and_with_many() -> None:
    sizes = Counter((file.encoding, "few" if file.size[0] in "23" else "many") for file in FILES)
    wanted = ("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "mac_roman", "shift_jis", "euc_kr", "gb18030")
    assert {encoding for encoding, _ in sizes} == {*wanted, "big5", *UTF16}
    assert all(count >= 1 for count in sizes.values())
    assert len(FILES) >= 100


@pytest.mark.parametrize("file", FILES, ids=map(str, FILES))
def test_a_file_is_read_as_it_was_written(file: Encoded, tmp_path: Path) -> None:
    encoding, text = read(file.content, tmp_path)
    assert text == file.text.replace("\r\n", "\n")
    assert encoding == file.encoding or file.text.encode(codec_of(encoding)) == file.content


def test_a_single_name_is_read_right_or_not_at_all(tmp_path: Path) -> None:
    unclear = 0
    for file in single_names():
        text = text_or_unclear(file.content, tmp_path)
        unclear += text is None
        assert text in (None, file.text.replace("\r\n", "\n")), file
    assert unclear <= 45  # of some 430


# --- the witnesses ---


def test_the_countries_of_the_lines_tell_the_language_of_a_name_that_could_be_of_two() -> None:
    assert decided(["Şebnem"], "cp1254").encoding is None
    assert decided(["Şebnem"], "cp1254", country="TR").encoding == "cp1254"
    assert decided(["Şebnem"], "cp1254", country="Turkey").encoding == "cp1254"


def test_a_name_that_is_known_settles_what_the_bytes_leave_open() -> None:
    assert decided(["Şebnem"], "cp1254", known=frozenset({"şebnem"})).encoding == "cp1254"
    assert decided(["Þebnem"], "cp1252", known=frozenset({"þebnem"})).encoding == "cp1252"


def test_other_names_of_the_file_tell_the_language_of_one_that_could_be_of_two() -> None:
    assert decided(["Şebnem", "I\u015f\u0131l Yücesoy"], "cp1254").encoding == "cp1254"
    assert decided(["Þebnem", "Jónsi og félagar", "Sigurður Guðnason"], "cp1252").encoding == "cp1252"


def test_the_plain_words_of_a_name_tell_its_language() -> None:
    assert decided(["Jesteś"], "cp1250").encoding in ("cp1250", None)
    assert decided(["Jesteś szalona dziewczyna"], "cp1250").encoding == "cp1250"


def test_the_readings_of_an_unclear_file_show_names_that_differ() -> None:
    found = decided(["Beyoncé", "Şebnem"], "cp1254")
    assert found.encoding is None
    readings = {reading.encoding: reading.names for reading in found.readings}
    assert readings["cp1254"] == ("Şebnem", "Beyoncé")
    assert readings["cp1252"] == ("Þebnem", "Beyoncé")


def test_signs_alone_are_those_of_windows() -> None:
    quoted = ["Rock \u2019n\u2019 Roll \u2013 Live", "\u201cBest of\u201d \u2122", "Don\u2019t Stop"]
    assert decided(quoted, "cp1252").encoding == "cp1252"
    assert decided(["£9.99", "5 €"], "cp1252").encoding == "cp1252"


@pytest.mark.parametrize("guess", ["cp1257", "utf_8", "mac_cyrillic", None])
def test_whatever_the_detector_says_it_overrules_no_names(monkeypatch: pytest.MonkeyPatch, guess: str | None) -> None:
    monkeypatch.setattr(decision, "_detected", lambda encodings, sample: guess)
    names = ["Sigur Rós", "Françoise Hardy", "Mylène Farmer"]
    assert decided(names, "cp1252").encoding == "cp1252"
    assert decided(["Ночной Поезд", "Рассвет"], "cp1251").encoding == "cp1251"


def test_the_detector_alone_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_detected", lambda encodings, sample: encodings[0])
    assert decided(["Şebnem"], "cp1254").encoding is None


def test_bytes_that_are_no_text_in_any_encoding_are_not_read() -> None:
    noise = bytes(range(128, 256)) * 3
    assert decide(sample_of([HEADER.encode(), b"\n", noise, b"\n"], languages().countries)).encoding is None


def test_names_within_bars_are_names_of_their_own() -> None:
    lines = "".join(f"2026-02|Spotify|{name}|{n}|US|0.5\r\n" for n, name in enumerate(["Björk", "Sigur Rós", "Múm"]))
    assert decide(sample_of([lines.encode("cp1252")], languages().countries)).encoding == "cp1252"
