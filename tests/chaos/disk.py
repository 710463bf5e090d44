"""A temporary folder for Glider's workers that can be filled up."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

SIZE = 48 * 1024 * 1024  # bytes of the small disk
BARELY = 8 * 1024  # bytes that a file may have when there is no small disk


class Disk(Protocol):
    """A folder that is full between `fill` and `free`."""

    folder: Path

    def fill(self) -> None: ...

    def free(self) -> None: ...

    def remove(self) -> None: ...


def small_disk(folder: Path, workers: Callable[[], list[psutil.Process]]) -> Disk:
    """Mount a small disk on `folder` where that is allowed (root); else limit the size of files (RLIMIT_FSIZE)."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    with suppress(OSError):
        if os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return _Mounted(folder)
    return _Limited(folder, workers)


class _Mounted:
    """A file system of its own, which answers ENOSPC when it is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while file.write(b"\0" * 65536):
                pass

    def free(self) -> None:
        with suppress(OSError):
            (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=False)


class _Limited:
    """A limit on the size of files, which answers EFBIG, also for logs: the nearest that an ordinary user can get."""

    def __init__(self, folder: Path, workers: Callable[[], list[psutil.Process]]) -> None:
        self.folder = folder
        self.workers = workers

    def fill(self) -> None:
        self._limit(BARELY)

    def free(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for worker in self.workers():
            with suppress(psutil.Error, OSError, ValueError):
                worker.rlimit(psutil.RLIMIT_FSIZE, (size, worker.rlimit(psutil.RLIMIT_FSIZE)[1]))

    def remove(self) -> None:
        """Nothing was mounted."""
