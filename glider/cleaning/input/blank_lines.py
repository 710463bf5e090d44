"""Blank lines that are taken out of a text before it is read: a row for each of ten million would cost gigabytes.

They are counted and keep their numbers: every other line can tell which it was in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from glider.cleaning.input.line_sets import Found, LineSet, Numbers

MANY: Final = 10_000  # blank lines; fewer are read as rows, and listed one by one
BLOCK: Final = 512  # lines, of which the number of kept ones before is noted
PIECE: Final = 1024 * 1024
LEAST: Final = 96 * 1024  # bytes over which density is measured, at least
RUNS_AT_A_TIME: Final = 8192  # blocks
FEED, RETURN, QUOTE = 10, 13, 34
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class BlankLines:
    """The blank lines that were taken out of a text of `lines` lines. All numbers here count lines from 0.

    `kept_before`: how many lines were kept before each block of `BLOCK` lines. `density`: lines per byte of the text
    that was kept, where they are shortest.
    """

    lines: int
    taken: LineSet
    kept_before: Numbers
    density: float = 0.0

    @property
    def count(self) -> int:
        return len(self.taken)

    def original(self, kept: Numbers) -> Numbers:
        """The numbers in the file of lines with these numbers in the text that was kept."""
        blocks = np.searchsorted(self.kept_before, kept, side="right") - 1
        needed, place = np.unique(blocks, return_inverse=True)
        stays = ~self._blanks(needed)
        _, columns = np.nonzero(stays)
        first = np.concatenate(([0], np.cumsum(stays.sum(axis=1))))[:-1]
        # Numbers beyond the end of the text follow on its last line.
        wanted = np.minimum(first[place] + kept - self.kept_before[blocks], max(0, len(columns) - 1))
        found: Numbers = needed[place] * BLOCK + (columns[wanted] if len(columns) else 0)
        return found

    def original_column(self, kept: pl.Expr) -> pl.Expr:
        """`original` for a column of integers."""
        return kept.map_batches(
            lambda batch: pl.Series(self.original(batch.cast(pl.Int64).to_numpy())), pl.Int64, is_elementwise=True
        )

    def kept(self, original: int) -> int:
        """How many lines before line `original` of the file were kept."""
        block = original // BLOCK
        inside = self._blanks(np.array([block]))[0][: original % BLOCK]
        return int(self.kept_before[block]) + int((~inside).sum())

    def runs(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Runs of blank lines in the order of the file, some at a time: the first line of each, and their lengths."""
        begun: int | None = None
        blocks = len(self.kept_before)
        for start in range(0, blocks, RUNS_AT_A_TIME):
            flat = self._blanks(np.arange(start, min(blocks, start + RUNS_AT_A_TIME))).ravel().astype(np.int8)
            edges = np.diff(
                np.concatenate(([begun is not None], flat, [0] if start + RUNS_AT_A_TIME >= blocks else []))
            )
            firsts, ends = np.flatnonzero(edges == 1) + start * BLOCK, np.flatnonzero(edges == -1) + start * BLOCK
            firsts = firsts if begun is None else np.concatenate(([begun], firsts))
            begun = int(firsts[-1]) if len(firsts) > len(ends) else None
            yield firsts[: len(ends)], ends - firsts[: len(ends)]

    def _blanks(self, blocks: Numbers) -> Found:
        """A row for each of `blocks`: which of its lines were taken out. Beyond the end of the text none was."""
        width = BLOCK // 8
        bits = np.zeros((len(blocks), width), dtype=np.uint8)
        for offset in range(width):
            places = blocks * width + offset
            there = places < len(self.taken.bits)
            bits[there, offset] = self.taken.bits[places[there]]
        return np.unpackbits(bits, axis=1, bitorder="little").astype(np.bool_)


def without_blank_lines(path: Path, target: Path, *, lines: int, header: int, quoting: bool) -> BlankLines:
    """Write a copy of the text at `path`, which has `lines` lines, without its blank lines after line `header`.

    The first blank line stays, as it may end a table, and so do those within quoted cells. `header` counts from 0.
    """
    taken = LineSet(lines)
    state = _State(taken, header, quoting)
    with path.open("rb") as source, target.open("wb") as file:
        rest = b""
        while chunk := source.read(PIECE):
            whole, feed, rest = (rest + chunk).rpartition(b"\n")
            file.write(state.kept(np.frombuffer(whole + feed, dtype=np.uint8)))
        file.write(rest)
    return BlankLines(lines, taken, _kept_before(taken, lines), state.density)


@dataclass
class _State:
    """What is known between two pieces of a text."""

    taken: LineSet
    header: int
    quoting: bool
    line: int = 0
    is_quoted: bool = False
    seen: bool = False
    density: float = 0.0

    def kept(self, view: Bytes) -> bytes:
        """The bytes of whole lines without those to be taken out, which are added to `taken`."""
        ends = np.flatnonzero(view == FEED)
        if not len(ends):
            return view.tobytes()
        starts = np.concatenate(([0], ends[:-1] + 1))
        length = ends - starts
        blank = (length == 0) | ((length == 1) & (view[starts] == RETURN))
        blank &= np.arange(self.line, self.line + len(ends)) > self.header
        blank &= ~self._quoted(view, ends)
        self._keep_first(blank)
        self.taken.add_from(self.line, blank)
        self.line += len(ends)
        stays = np.ones(len(view), dtype=np.bool_)
        stays[ends[blank]] = stays[starts[blank]] = False
        self.density = max(self.density, int((~blank).sum()) / max(LEAST, int(stays.sum())))
        return view[stays].tobytes()

    def _quoted(self, view: Bytes, ends: Numbers) -> Found:
        """Whether each line ends within a quoted cell."""
        if not self.quoting:
            return np.zeros(len(ends), dtype=np.bool_)
        quotes = np.searchsorted(np.flatnonzero(view == QUOTE), ends)
        inside: Found = (quotes + self.is_quoted) % 2 == 1
        self.is_quoted = bool(inside[-1])
        return inside

    def _keep_first(self, blank: Found) -> None:
        if not self.seen and blank.any():
            blank[blank.argmax()] = False
            self.seen = True


def _kept_before(taken: LineSet, lines: int) -> Numbers:
    width = BLOCK // 8
    blocks = lines // BLOCK + 1
    bits = np.zeros(blocks * width, dtype=np.uint8)
    bits[: min(len(bits), len(taken.bits))] = taken.bits[: len(bits)]
    blanks = np.bitwise_count(bits).reshape(blocks, width).sum(axis=1, dtype=np.int64)
    return np.concatenate(([0], np.cumsum(BLOCK - blanks)))[:-1]
