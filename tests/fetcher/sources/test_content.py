from __future__ import annotations

import pytest

from fetcher.sources.content import clean_name, is_web_page, is_zip, too_large, type_of
from oas.kernel.config import config
from salesfiles.choices import FileType


@pytest.mark.parametrize(
    ("name", "mime", "filetype"),
    [
        ("july.CSV", "", FileType.CSV),
        ("july.xlsx", "text/csv", FileType.XLSX),
        ("cover.png", "text/csv", None),
        ("july", "text/csv; charset=utf-8", FileType.CSV),
        ("july", "APPLICATION/ZIP", FileType.ZIP),
        ("july", "", None),
    ],
)
def test_the_ending_decides_the_type_and_the_mime_type_only_without_one(
    name: str, mime: str, filetype: FileType | None
) -> None:
    assert type_of(name, mime) == filetype


def test_a_workbook_is_no_zip_file() -> None:
    local = b"PK\x03\x04".ljust(30, b"\0")
    assert [is_zip(head) for head in (local + b"july.csv", local + b"xl/workbook.xml", b"PK\x05\x06", b"a,b")] == [
        True,
        False,
        True,
        False,
    ]


def test_a_web_page_is_known_by_its_first_tag() -> None:
    heads = (b"\xef\xbb\xbf \n<!DOCTYPE html>", b"<HTML>", b"a,<html>")
    assert [is_web_page(head) for head in heads] == [True, True, False]


def test_a_name_is_one_component_of_a_path_and_keeps_its_ending() -> None:
    assert clean_name("../a\n/b.csv") == ".._a_b.csv"
    assert clean_name(" \0 ") == "file"
    assert clean_name("x" * 300 + ".csv", 30) == "x" * 9 + "…" + "x" * 16 + ".csv"


def test_a_size_is_too_large_above_the_limit_of_uploads() -> None:
    most = config().max_upload_bytes
    assert [too_large(size) for size in (None, most, most + 1)] == [False, False, True]
