"""Reads the sheets of a workbook as text, in a process of its own (`workbook_program.py`).

A few bytes can make the reader of a workbook ask for any amount of memory (a cell in the last row and column, a row
repeated a million times), and it then takes its process down. So it runs in a child process with limits on memory and
time, and without the worker's environment, which holds secrets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from glider.contract import Cause
from glider.errors import JobFailed

READER: Final = Path(__file__).with_name("workbook_program.py")
ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # variables that the child process inherits
# One thread is enough to read a workbook, and each thread of numpy's libraries would reserve memory.
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class SheetLimits:
    """Limits of one workbook: bytes of text in all, bytes of memory and seconds of its reader, columns, sheets."""

    bytes: int = 10 * 1024**3
    memory: int = 3 * 1024**3
    seconds: int = 600
    columns: int = 20_000
    sheets: int = 500


@dataclass(frozen=True)
class Sheet:
    """A sheet as tab-separated text, a line per row from row 1 on; `title` as the workbook has it. Excel does not show
    a `hidden` one."""

    path: Path
    title: str
    hidden: bool = False


def read_sheets(path: Path, target: Path, name: str, limits: SheetLimits) -> list[Sheet]:
    """Write every sheet that is not empty to `target` with its number appended. `name` is for messages.

    Raises `JobFailed`: corrupt_file, too_large.
    """
    answer = _run(path, target, name or "The workbook", limits)
    return [Sheet(Path(sheet["path"]), sheet["title"], sheet["hidden"]) for sheet in answer["sheets"]]


def _run(path: Path, target: Path, name: str, limits: SheetLimits) -> dict[str, Any]:
    request = json.dumps({"path": str(path), "target": str(target), **asdict(limits)})
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(READER), request],
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | ONE_THREAD,
        )
    except subprocess.TimeoutExpired as error:
        raise JobFailed(Cause.TOO_LARGE, f"{name} takes more than {limits.seconds} seconds to read.") from error
    answer = _answer(ended.stdout)
    if answer is None:
        raise _died(name, ended.stderr)
    if "full" in answer:
        raise OSError(answer["full"], "The disk is full.")
    if "cause" in answer:
        raise JobFailed(Cause(answer["cause"]), f"{name} {answer['message']}")
    return answer


def _answer(out: bytes) -> dict[str, Any] | None:
    """The answer in the last line of `out`; None if the process died before it wrote one."""
    try:
        found = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if isinstance(found, dict) else None


def _died(name: str, complaint: bytes) -> JobFailed:
    # What Rust, Python and calamine write to stderr when they hit the limit on memory.
    if b"allocation" in complaint or b"MemoryError" in complaint or b"capacity overflow" in complaint:
        return JobFailed(Cause.TOO_LARGE, f"{name} needs more memory than OAS gives a workbook; send it as CSV.")
    return JobFailed(Cause.CORRUPT_FILE, f"{name} is damaged, too large or of an unknown kind.")
