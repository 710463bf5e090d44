"""A program that cleans and imports mutated files, one after the other, and prints what became of each.

Arguments: the first number and how many. A line of JSON per file: number, name, outcome (`figures`, a cause, or `bug`),
message, seconds, and the largest size of the process so far in megabytes. A line before each announces it, so that a
crash shows which file it was.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Final

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import Driven, drive, settings
from tests.glider.mutations.mutate import mutated

SECONDS: Final = 60  # a file may take; then the process shows where it is and ends


def outcome_of(content: bytes, folder: Path) -> tuple[str, str]:
    """What became of a file: `figures` that tie, the cause of a failure, or `bug` with its traceback."""
    try:
        driven = drive(content, folder, replace(settings(reporting_period="2025-07"), account_currency="EUR"))
        return ("figures", "") if not (wrong := broken_identities(driven)) else ("bug", f"not tied: {wrong}")
    except JobFailed as failed:
        clear = len(failed.message) > 15 and failed.cause is not Cause.ERROR
        return (failed.cause, failed.message) if clear else ("bug", f"unclear: {failed.cause} {failed.message}")
    except BaseException as error:
        return "bug", "".join(traceback.format_exception(error))[-3000:]


def broken_identities(driven: Driven) -> list[str]:
    """The names of Glider's own identities that do not hold, of cleaning and of importing at a rate of 0.92."""
    figures = driven.figures
    # Only the first two checks: totals that a file states need not tie once it is damaged.
    wrong = [check.name for check in figures.checks[:2] if not check.tied]
    if {figures.accepted + figures.rejected + figures.skipped, driven.lines.height} != {figures.rows_read}:
        wrong.append("rows")
    if figures.rejected + figures.skipped != sum(figures.reasons.values()):
        wrong.append("reasons")
    if figures.reasons and len(driven.rejects()) != sum(figures.reasons.values()):
        wrong.append("rejected lines")
    _, result = driven.imported("0.92")
    return [*wrong, *(check.name for check in result.checks if not check.tied)]


def main(first: int, count: int) -> None:
    for number in range(first, first + count):
        name, content = mutated(number)
        emit({"begun": number, "name": name})
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            outcome, message = outcome_of(content, Path(folder))
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        seconds = round(time.monotonic() - started, 2)
        emit({"number": number, "name": name, "outcome": outcome, "message": message, "seconds": seconds, "size": size})


def emit(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
