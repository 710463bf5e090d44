from __future__ import annotations

import pytest

from fetcher.sources import content
from fetcher.sources.content import clean_name, is_web_page, is_zip, pause, too_large, type_of, watch
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


def test_pauses_double_are_spread_and_end_at_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("fetcher.sources.content.time.sleep", slept.append)
    monkeypatch.setattr(content, "config", lambda: config().model_copy(update={"link_backoff": 2.0}))
    for spread in (0.5, 1.0):
        monkeypatch.setattr("fetcher.sources.content.random.uniform", lambda low, high, spread=spread: spread)
        for attempt in (0, 1, 2, 10):
            pause(attempt)
    pause(0, factor=3)
    assert slept == [1.0, 2.0, 4.0, 30.0, 2.0, 4.0, 8.0, 30.0, 6.0]


def test_requests_end_before_the_task_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "config", lambda: config().model_copy(update={"job_time_limit": 100}))
    assert (content.most_seconds(), watch(lambda: None).seconds) == (90.0, 90.0)


def test_a_workbook_of_another_program_is_no_zip_file_either() -> None:
    local = b"PK\x03\x04".ljust(30, b"\0")
    names = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/app.xml", b"mimetypeapplication/vnd.oasis")
    assert not any(is_zip(local + name) for name in names)


def test_a_long_name_keeps_twenty_letters_of_its_end() -> None:
    name = clean_name("a" * 300 + "b" * 20)
    assert (len(name), name) == (255, "a" * 234 + "…" + "b" * 20)
    assert clean_name("x" * 255) == "x" * 255
