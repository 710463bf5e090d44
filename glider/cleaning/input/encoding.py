"""The text of a sales file, taken in by `oas.kernel.intake.text_intake`; what it refuses fails the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from glider.contract import Cause
from glider.errors import JobFailed
from oas.kernel.intake import text_intake
from oas.kernel.intake.text_intake import NOTHING_TOLD, Text, Told, Unreadable, Wanted, no_words

__all__ = ["Text", "Told", "failing_the_job", "no_words", "open_text"]

SALES: Final = Wanted(
    noun="table of sales",
    forms="CSV or as a workbook",
    told="Look which names are right, set `encoding` of the file to that, and reimport it.",
)


def open_text(path: Path, folder: Path, *, longest_line: int, told: Told = NOTHING_TOLD) -> Text:
    """Bring the file at `path` to UTF-8 with line feeds; raises `JobFailed` for anything but text.

    `folder` takes the copy when the file has to be rewritten. `longest_line` is in bytes. `told` is what is known of
    its encoding besides.
    """
    with failing_the_job():
        return text_intake.open_text(path, folder, longest_line=longest_line, wanted=SALES, told=told)


@contextmanager
def failing_the_job() -> Iterator[None]:
    """Raise `JobFailed` with the same code and text where the intake raises `Unreadable`."""
    try:
        yield
    except Unreadable as error:
        raise JobFailed(Cause(error.code), str(error), readings=error.readings) from error
