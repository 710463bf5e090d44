"""Streams of bytes: files read as one, and chunks that are worked on while the next one is on its way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any


class JoinedFiles(io.RawIOBase):
    """The files at `paths` as one stream; `size` is the number of bytes read so far.

    Takes the next path only when the file before it is read, so that `paths` may make files as they are asked for.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.size = 0
        self._paths = iter(paths)
        self._file: io.BytesIO | io.FileIO = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not (count := self._file.readinto(buffer) or 0):
            path = next(self._paths, None)
            if path is None:
                return 0
            self._file.close()
            self._file = path.open("rb", buffering=0)
        self.size += count
        return count


def hand_over(chunks: Iterable[bytes], takers: Sequence[Callable[[bytes], object]]) -> None:
    """Call each of `takers` with every chunk, in order, while the next chunk is on its way.

    Raises what `chunks` or a taker raises.
    """

    def take(chunk: bytes) -> None:
        for taker in takers:
            taker(chunk)

    # One thread, and at most one chunk taken ahead: the order stays, and memory holds two chunks however slow a taker.
    with ThreadPoolExecutor(1) as pool:
        taken: Future[None] | None = None
        for chunk in chunks:
            if taken is not None:
                taken.result()
            taken = pool.submit(take, chunk)
        if taken is not None:
            taken.result()
