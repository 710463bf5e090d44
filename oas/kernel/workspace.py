"""A temporary folder for a piece of work, and what is left of those whose process was killed."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = "oas-work-"
LOCK: Final = "held"  # the file by whose lock others see that the work is going on, from other containers too
GRACE: Final = 3600  # seconds in which a folder may be without one: it is just being made


@contextmanager
def workspace(work_dir: str) -> Iterator[Path]:
    """A folder that is gone afterwards; `work_dir` empty means the system's temporary folder."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=work_dir or None) as name, _held(Path(name)):
        folder = Path(name) / "work"
        folder.mkdir()
        yield folder


def remove_abandoned(work_dir: str) -> int:
    """Remove the folders that no living process holds; returns how many."""
    found = [path for path in Path(work_dir or tempfile.gettempdir()).glob(f"{PREFIX}*") if _is_abandoned(path)]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The lock is held before its name is there, so that nobody takes it in between; the kernel ends it with us."""
    new = folder / f"{LOCK}.new"
    with new.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(folder / LOCK)
        yield


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return _age(folder) > GRACE
    except OSError:  # somebody holds it, or it is somebody else's
        return False


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
