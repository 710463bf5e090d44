"""Sets of lines of one text, by number: a bit for each line, so that a file may have any number of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import polars as pl

Bits = np.ndarray[Any, np.dtype[np.uint8]]
Found = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]
_NUMBER: Final = "number"


class LineSet:
    """Numbers of lines from 0 to `size`. Filled by several threads at the same time; compared by what is in it."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, size: int, numbers: Iterable[int] = ()) -> None:
        self.bits: Bits = np.zeros(size // 8 + 1, dtype=np.uint8)
        self._filling = threading.Lock()
        self.add(np.fromiter(numbers, dtype=np.int64))

    def add(self, numbers: Numbers) -> None:
        if not len(numbers):
            return
        with self._filling:
            np.bitwise_or.at(self.bits, numbers >> 3, np.left_shift(1, numbers & 7).astype(np.uint8))

    def add_from(self, start: int, found: Found) -> None:
        """Add `start + n` for every `n` at which `found` is true."""
        before = start & 7
        packed = np.packbits(np.concatenate((np.zeros(before, dtype=np.bool_), found)), bitorder="little")
        with self._filling:
            self.bits[start >> 3 : (start >> 3) + len(packed)] |= packed

    def has(self, numbers: Numbers) -> Found:
        found: Found = (self.bits[numbers >> 3] >> (numbers & 7).astype(np.uint8) & 1).astype(np.bool_)
        return found

    def holds(self, numbers: pl.Expr) -> pl.Expr:
        """Whether each of `numbers`, a column of integers, is in the set."""
        return numbers.map_batches(
            lambda batch: pl.Series(self.has(batch.cast(pl.Int64).to_numpy())), pl.Boolean, is_elementwise=True
        )

    def __or__(self, other: LineSet) -> LineSet:
        both = LineSet(8 * (len(self.bits) - 1))
        both.bits = self.bits | other.bits
        return both

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LineSet) and np.array_equal(self.bits, other.bits)

    def __len__(self) -> int:
        return int(np.bitwise_count(self.bits).sum())

    def __bool__(self) -> bool:
        return bool(self.bits.any())


def lines_in(frame: pl.LazyFrame, name: str, size: int) -> LineSet:
    """The numbers in the column `name` of `frame`, which is streamed; none of them is above `size`."""
    found = LineSet(size)

    def take(batch: pl.Series) -> pl.Series:
        found.add(batch.cast(pl.Int64).to_numpy())
        return pl.Series(np.zeros(len(batch), dtype=np.bool_))

    taken = pl.col(name).map_batches(take, pl.Boolean, is_elementwise=True)
    frame.select(taken.alias(_NUMBER).any()).collect(engine="streaming")
    return found
