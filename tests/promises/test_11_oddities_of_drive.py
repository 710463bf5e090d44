"""Promise 11: what Google Drive sends instead of a file is recognised, and has a reason in words.

(Its pages and errors as a whole: tests/fetcher/sources/test_drive.py.)
"""

from __future__ import annotations

import pytest

from fetcher.discard_reasons import RETRIABLE, RETRIED, Reason
from fetcher.sources.content import is_web_page, is_zip


@pytest.mark.parametrize(
    "head",
    [b"<!DOCTYPE html><html>", b"<!doctype HTML>", b"\xef\xbb\xbf\n  <html lang=en>", b"\r\n\t<HTML>"],
)
def test_a_page_that_asks_to_confirm_is_no_file(head: bytes) -> None:
    assert is_web_page(head + b"<title>Google Drive - Virus scan warning</title>")


@pytest.mark.parametrize("head", [b"ISRC,Title\n", b"<b>,1\n", b"", b"PK\x03\x04"])
def test_a_table_is_no_page(head: bytes) -> None:
    assert not is_web_page(head)


def test_a_workbook_is_no_archive() -> None:
    assert is_zip(b"PK\x03\x04" + bytes(26) + b"sales.csv")
    assert not is_zip(b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml")


def test_every_reason_is_a_sentence_and_what_passes_by_itself_is_tried_again() -> None:
    assert all(reason.label.endswith(".") for reason in Reason)
    assert Reason.QUOTA in RETRIED
    assert Reason.NOT_SHARED in RETRIABLE - RETRIED
    assert Reason.HTML not in RETRIED
