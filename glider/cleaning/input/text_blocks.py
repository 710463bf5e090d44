"""The lines of a text in blocks of some megabytes, each split into lines only when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

SIZE: Final = 1024 * 1024


@dataclass(frozen=True)
class Block:
    """Lines that follow each other; `last` is the number of the last one, from 1.

    `read` returns them as `line` and `text`. `numbered`: by their numbers in the file, not in the text.
    """

    last: int
    read: Callable[[], pl.DataFrame]
    numbered: bool = False


def blocks_of(path: Path, size: int = SIZE) -> Iterator[Block]:
    """Yield the lines of the text at `path`, without line breaks, in blocks of some `size` bytes."""
    before, rest = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(size):
            whole, feed, rest = (rest + chunk).rpartition(b"\n")
            if feed:
                count = whole.count(b"\n") + 1
                yield _block(before, count, whole)
                before += count
    if rest:
        yield _block(before, 1, rest)


def _block(before: int, count: int, whole: bytes) -> Block:
    def read() -> pl.DataFrame:
        text = pl.Series([whole.decode("utf-8", "replace")]).str.split("\n").explode().str.strip_suffix("\r")
        return pl.DataFrame({"line": pl.int_range(before + 1, before + count + 1, eager=True), "text": text})

    return Block(before + count, read)
