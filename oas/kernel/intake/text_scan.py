"""One look over the bytes of a text: its lines, whether it is UTF-8, NULs, line breaks of old, combining accents."""

from __future__ import annotations

import codecs
from typing import Any, Final

import numpy

Bytes = numpy.ndarray[Any, numpy.dtype[numpy.uint8]]
Found = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]

LOOK: Final = 96 * 1024  # small enough that all the looks at a chunk find it in the processor's cache
STRAY: Final = 50  # a lone carriage return in so many lines is a slip, not a line break


class Scan:
    """What one look over the bytes of a file finds; `feed` is given its chunks in order."""

    def __init__(self) -> None:
        self.feeds = self.returns = self.pairs = self.invalid = self.size = self.blanks = 0
        self.nuls = [0, 0]  # at even places, and at odd ones
        self.accents = False
        self.density = 0.0  # line ends per byte, in the chunk that has most
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._last = b"\n"
        self._before = b"\n"  # the last byte before `_last`

    def feed(self, chunk: bytes) -> None:
        view = numpy.frombuffer(chunk, dtype=numpy.uint8)
        if b"\0" in chunk:
            self._count_nuls(view)
        self.size += len(chunk)
        feeds = view == 10
        count = int(numpy.count_nonzero(feeds))
        self.feeds += count
        self.density = max(self.density, count / LOOK)
        self._count_returns(chunk, view, feeds)
        self._count_blanks(chunk, feeds)
        self._last = chunk[-1:]
        if not chunk.isascii():
            self.accents = self.accents or b"\xcc" in chunk or b"\xcd" in chunk
            self._validate(chunk)
        elif self._decoder.getstate()[0]:  # a character was begun before it
            self._validate(chunk)

    def _count_nuls(self, view: Bytes) -> None:
        for place in (0, 1):
            found = view[(self.size + place) % 2 :: 2] == 0
            self.nuls[place] += int(numpy.count_nonzero(found))

    def _count_blanks(self, chunk: bytes, feeds: Found) -> None:
        """Count line feeds after another, with a carriage return between them or not."""
        if b"\n\n" in chunk:
            self.blanks += int(numpy.count_nonzero(feeds[1:] & feeds[:-1]))
        # Without overlap; of three such line ends in a row, the one in the middle is both an end and a beginning.
        if b"\n\r\n" in chunk:
            view = numpy.frombuffer(chunk, dtype=numpy.uint8)
            self.blanks += int(numpy.count_nonzero(feeds[2:] & feeds[:-2] & (view[1:-1] == 13)))
        edge = self._before + self._last + chunk[:2]
        self.blanks += edge[1:3] == b"\n\n"
        self.blanks += (edge[:3] == b"\n\r\n") + (edge[1:] == b"\n\r\n")
        self._before = chunk[-2:-1] or self._last

    def _count_returns(self, chunk: bytes, view: Bytes, feeds: Found) -> None:
        returns = view == 13
        self.returns += int(numpy.count_nonzero(returns))
        self.pairs += int(numpy.count_nonzero(returns[:-1] & feeds[1:]))
        if self._last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1

    def finish(self) -> None:
        self._validate(b"", final=True)

    def _validate(self, chunk: bytes, *, final: bool = False) -> None:
        if self.invalid:
            return
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.invalid = 1

    @property
    def lines(self) -> int:
        return self.feeds + (0 if self._last == b"\n" or self.size == 0 else 1)

    @property
    def old_breaks(self) -> bool:
        """Whether lines end in lone carriage returns, as once on the Macintosh: all of them, or more than a stray."""
        lone = self.returns - self.pairs
        return lone > 0 and lone * STRAY >= self.feeds
