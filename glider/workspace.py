"""A temporary folder per task, and what is left of those whose worker was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = "glider-"


@contextmanager
def workspace(work_dir: str) -> Iterator[Path]:
    """A folder that is gone afterwards; `work_dir` empty means the system's temporary folder."""
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=work_dir or None) as folder:
        yield Path(folder)


def remove_abandoned(work_dir: str) -> int:
    """Remove the folders of processes that are no more; returns how many."""
    found = [path for path in _root(work_dir).glob(f"{PREFIX}[0-9]*-*") if not _alive(path)]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


def _root(work_dir: str) -> Path:
    return Path(work_dir or tempfile.gettempdir())


def _alive(path: Path) -> bool:
    pid = path.name.removeprefix(PREFIX).split("-", 1)[0]
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True
