"""The refusal of a file of which no line was accepted: its lines are still counted, and written as rejects."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.examples import example_of
from glider.contract import Cause, CleaningResult
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.reason_codes import REASONS

NO_SALES: Final = "The file has a header and no sales below it."


class NothingAccepted(JobFailed):
    """No line of the file is a sale. `figures` counts the lines, `rejects` is the CSV of them, None without lines."""

    def __init__(self, cause: Cause, message: str, figures: CleaningResult, rejects: Path | None) -> None:
        super().__init__(cause, message)
        self.figures = figures
        self.rejects = rejects


def refuse_nothing(
    figures: CleaningResult, layout: Layout, lines: Path, tables: Iterable[tuple[Table, ReadPlan]], rejects: Path | None
) -> None:
    """Raise `NothingAccepted` if no line was accepted, unless files of `layout` may be empty.

    The text has the reasons with their numbers, and an example of the one that most lines have.
    """
    if figures.accepted or (layout.file.empty_ok and not figures.rejected):
        return
    rejecting = {reason: count for reason, count in figures.reasons.items() if not REASONS[reason].skips}
    if not rejecting:
        skipped = ", ".join(f"{reason} ({count})" for reason, count in figures.reasons.items())
        text = f"{NO_SALES} Lines that are none: {skipped}." if skipped else NO_SALES
        raise NothingAccepted(Cause.NO_ROWS, text, figures, rejects)
    reasons = ", ".join(f"{reason} ({count})" for reason, count in rejecting.items())
    most = max(rejecting, key=lambda reason: rejecting[reason])
    example = next(filter(None, (example_of(most, lines, table, plan) for table, plan in tables)), "")
    text = f"Not one line could be taken. Reasons: {reasons}. {example}".rstrip()
    raise NothingAccepted(Cause.NO_VALID_ROWS, text, figures, rejects)
