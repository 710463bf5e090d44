"""The sheets of a workbook as text, read by a process of its own (`sheets.py`).

A few bytes can make the reader of a workbook ask for any amount of memory (a cell in the last row and column, a row
repeated a million times), and it then takes its process down. That process is not ours, has no secrets in its
environment, and may take only so much memory and time.
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
ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # what it gets of ours
ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class SheetLimits:
    """Of one workbook: bytes of text it may become, bytes of memory and seconds its reader may take, and so on."""

    bytes: int = 10 * 1024**3
    memory: int = 3 * 1024**3
    seconds: int = 600
    columns: int = 20_000
    sheets: int = 500


@dataclass(frozen=True)
class Sheet:
    """Tab-separated text, a line per row of the sheet from its first on; `title` as the workbook has it."""

    path: Path
    title: str


def read_sheets(path: Path, target: Path, name: str, limits: SheetLimits) -> list[Sheet]:
    """Every sheet with something in it, written beside `target`. Raises `JobFailed`: corrupt_file, too_large."""
    told = _run(path, target, name or "The workbook", limits)
    return [Sheet(Path(sheet["path"]), sheet["title"]) for sheet in told["sheets"]]


def _run(path: Path, target: Path, name: str, limits: SheetLimits) -> dict[str, Any]:
    order = json.dumps({"path": str(path), "target": str(target), **asdict(limits)})
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(READER), order],
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | ONE_THREAD,
        )
    except subprocess.TimeoutExpired as error:
        raise JobFailed(Cause.TOO_LARGE, f"{name} takes more than {limits.seconds} seconds to read.") from error
    answer = _answer(ended.stdout)
    if answer is None:
        raise _broken_off(name, ended.stderr)
    if "cause" in answer:
        raise JobFailed(Cause(answer["cause"]), f"{name} {answer['message']}")
    return answer


def _answer(out: bytes) -> dict[str, Any] | None:
    """The last line; none when the process was broken off."""
    try:
        found = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if isinstance(found, dict) else None


def _broken_off(name: str, complaint: bytes) -> JobFailed:
    if b"allocation" in complaint or b"MemoryError" in complaint or b"capacity overflow" in complaint:
        return JobFailed(Cause.TOO_LARGE, f"{name} needs more memory than OAS gives a workbook; send it as CSV.")
    return JobFailed(Cause.CORRUPT_FILE, f"{name} is damaged, too large or of an unknown kind.")
