"""The settings of Polars in the processes of workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from oas.kernel.config import GliderConfig

_THREADS: Final = "POLARS_MAX_THREADS"
_CHUNK: Final = "POLARS_CSV_CHUNK_SIZE"
_ALLOCATOR: Final = "_RJEM_MALLOC_CONF"  # options of the allocator (jemalloc) that is part of Polars


def set_up_engine(config: GliderConfig) -> None:
    """Set how many threads Polars starts, its arenas of memory, and the bytes of a CSV that it reads at a time.

    To be called before Polars is imported: it reads these settings once. Chunk and arenas that the environment already
    sets stay as they are.
    """
    if config.engine_threads:
        os.environ[_THREADS] = str(config.engine_threads)
    # Measured: chunks of 16 MiB take a fifth less memory, and 5 % less time where lines are long (docs/speed.md).
    os.environ.setdefault(_CHUNK, str(16 * 1024 * 1024))
    # jemalloc's default is four arenas a core, and memory that one thread frees is then seldom reused by another.
    # Measured: one arena a thread is some 4 % faster on large files, in 6 % less memory.
    os.environ.setdefault(_ALLOCATOR, f"narenas:{config.engine_threads or _cores()}")


@contextmanager
def csv_chunks(most: int) -> Iterator[None]:
    """Let the engine read at most `most` bytes of a CSV at a time in the block: it looks at the setting at each scan.

    A process runs one job at a time, so that the setting is only the job's.
    """
    before = os.environ.get(_CHUNK)
    os.environ[_CHUNK] = str(min(most, int(before or most)))
    try:
        yield
    finally:
        os.environ.pop(_CHUNK) if before is None else os.environ.update({_CHUNK: before})


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
