from __future__ import annotations

import codecs

import pytest

from oas.kernel.intake.encodings.names import GUESSED, NAMED, UTF16, codec_of, named


@pytest.mark.parametrize("name", NAMED)
def test_every_encoding_has_a_codec_and_is_named_by_its_own_name(name: str) -> None:
    assert codecs.lookup(codec_of(name))
    assert named(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Windows-1251", "cp1251"),
        ("ISO-8859-1", "cp1252"),
        ("GB2312", "gb18030"),
        ("gbk", "gb18030"),
        ("CP949", "euc_kr"),
        ("UTF-16LE", "utf-16-le"),
        (" Macintosh ", "mac_roman"),
    ],
)
def test_other_spellings_and_parts_of_an_encoding_mean_it(text: str, name: str) -> None:
    assert named(text) == name


@pytest.mark.parametrize("text", ["", "EBCDIC", "hex", "rot13", "utf-16", "cp1251\0", "é", "x" * 10_000])
def test_what_is_no_encoding_of_ours_has_no_name(text: str) -> None:
    assert named(text) is None


def test_what_is_guessed_can_be_answered() -> None:
    assert {*GUESSED, *UTF16} <= set(NAMED)
