"""Temporary folders for a piece of work, and the removal of those whose process was killed."""

from __future__ import annotations

import errno
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = "oas-work-"
LOCK: Final = "held"  # locked while the work goes on, which other containers see too
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
GRACE: Final = 3600  # seconds in which a folder may be without a lock: it is just being made


@contextmanager
def workspace(work_dir: str) -> Iterator[Path]:
    """Make a folder in `work_dir` (empty: the system's temporary folder), and remove it after the block."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=work_dir or None) as name, _held(Path(name)):
        folder = Path(name) / "work"
        folder.mkdir()
        yield folder


def is_disk_full(error: BaseException) -> bool:
    """Whether the operating system reported a full disk, directly or through the engine."""
    # Polars raises exceptions of its own: the number of the system's error is only in their text.
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(f"(os error {number})" in str(error) for number in _FULL)


def remove_abandoned(work_dir: str) -> int:
    """Remove the folders in `work_dir` that no living process holds; returns how many."""
    found = [path for path in Path(work_dir or tempfile.gettempdir()).glob(f"{PREFIX}*") if _is_abandoned(path)]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    # Locked before it has its name, so that no other process can take the lock in between. The kernel releases the
    # lock when this process ends, however it ends.
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
    except OSError:  # another process holds the lock, or the folder is another user's
        return False


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
