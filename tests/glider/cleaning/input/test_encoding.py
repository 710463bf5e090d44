from __future__ import annotations

from pathlib import Path

import pytest

from glider.cleaning.input.encoding import failing_the_job, open_text
from glider.contract import Cause
from glider.errors import JobFailed
from oas.kernel.intake.text_intake import Unreadable


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"%PDF-1.7 ...", "The file is a PDF document, not a table of sales, whatever its name says."),
        (b"\x89PNG\r\n\x1a\n", "The file is a picture, not a table of sales, whatever its name says."),
        (b"PAR1\x15\x04", "The file is a Parquet file, not a table of sales, whatever its name says."),
        (
            b"<html>",
            "The file is a web page or XML, whatever its name says; save it as CSV or as a workbook.",
        ),
        (bytes(range(256)) * 40, "The file holds binary data, not text: it is no table of sales."),
        (b"a" * 3000, "The file has a line of more than 1000 bytes: it is no table."),
    ],
)
def test_a_file_that_is_no_text_fails_the_job_by_what_it_is(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(JobFailed) as failed:
        open_text(path, tmp_path, longest_line=1000)
    assert (failed.value.cause, failed.value.message) == (Cause.NOT_A_TABLE, text)


def test_text_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("Künstler;Titel\nBjörk;Jóga", encoding="cp1252")
    found = open_text(path, tmp_path, longest_line=1000)
    assert (found.encoding, found.lines) == ("cp1252", 2)
    assert found.path.read_text(encoding="utf-8") == "Künstler;Titel\nBjörk;Jóga"


@pytest.mark.parametrize("cause", [Cause.NOT_A_TABLE, Cause.CORRUPT_FILE, Cause.TOO_LARGE])
def test_each_code_of_the_intake_is_a_cause_of_a_job(cause: Cause) -> None:
    with pytest.raises(JobFailed) as failed, failing_the_job():
        raise Unreadable(cause.value, "Why.")
    assert (failed.value.cause, failed.value.message) == (cause, "Why.")
