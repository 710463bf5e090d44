"""What a file's bytes show of its encoding: cells with bytes above 127, some lines, how often each byte comes, and the
countries that cells name. Taken in one pass over the whole file; memory does not grow with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from zlib import crc32

import numpy

MOST_NAMES: Final = 250
MOST_LINES: Final = 100
LONGEST_NAME: Final = 80  # bytes from the first that is not ASCII: what is longer is cut
BEFORE: Final = 40  # bytes before that one
LONGEST_LINE: Final = 2000  # bytes
PIECE: Final = 1024 * 1024
EVERY: Final = 8  # so many pieces are looked at closely, and then one of as many
COUNTED: Final = PIECE  # bytes in which countries are counted: they are much the same all through a file
# These separators are no part of a longer character in any of the encodings; a bar may be. A match is tried at the
# beginning of a cell or line only, and takes what it can at once: each byte is looked at once.
_NAME: Final = re.compile(
    rb'(?:^|(?<=[\t,;"\r\n]))[^\t,;"\r\n\x80-\xff]*+[\x80-\xff][^\t,;"\r\n]{0,%d}' % (LONGEST_NAME - 1)
)
_LINE: Final = re.compile(rb"(?:^|(?<=[\r\n]))[^\r\n\x80-\xff]*+[\x80-\xff][^\r\n]*")
_FIRST: Final = re.compile(rb"[\x80-\xff]")
_COUNTRY: Final = re.compile(rb'(?<=[\t,;|"])[A-Za-z][A-Za-z ]{1,23}(?=[\t,;|"\r\n])')

Counts = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


@dataclass
class Sample:
    """A sample of a file. `names` are cells, spread over the whole of it; `lines` are the first that have some."""

    names: set[bytes] = field(default_factory=set)
    lines: dict[bytes, None] = field(default_factory=dict)
    countries: Counter[str] = field(default_factory=Counter)
    bytes: Counts = field(default_factory=lambda: numpy.zeros(256, dtype=numpy.int64))

    @property
    def high_bytes(self) -> int:
        """Return how many bytes above 127 the file has."""
        return int(self.bytes[128:].sum())


def sample_of(pieces: Iterable[bytes], countries: frozenset[str]) -> Sample:
    """Return the sample of the text in `pieces`. Only `countries`, names in capital letters, are counted."""
    sample, rest = Sample(), b""
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            text = rest + piece[start : start + PIECE]
            # Lines stay whole, unless one is longer than a piece.
            whole = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 or (len(text) if len(text) >= PIECE else 0)
            _take(sample, text[:whole], countries)
            rest = text[whole:]
    _take(sample, rest, countries)
    return sample


def _take(sample: Sample, text: bytes, countries: frozenset[str]) -> None:
    counts = numpy.bincount(numpy.frombuffer(text, dtype=numpy.uint8), minlength=256)
    is_new = bool(((counts > 0) & (sample.bytes == 0)).any())
    place = int(sample.bytes.sum()) // PIECE
    sample.bytes += counts
    # Of a large file some pieces are looked at closely, and each that has a byte which none before it has.
    if not text.isascii() and (is_new or place < EVERY or place % EVERY == 0):
        _take_names(sample, text)
    if sample.bytes.sum() <= COUNTED:
        for name, count in Counter(_COUNTRY.findall(text)).items():
            if (country := name.decode().upper()) in countries:
                sample.countries[country] += count


def _take_names(sample: Sample, text: bytes) -> None:
    found = _NAME.findall(text)
    sample.names = _spread(sample.names.union(_cut(name) if len(name) > LONGEST_NAME else name for name in found))
    if len(sample.lines) < MOST_LINES:
        lines = (match[0][:LONGEST_LINE] for match in _LINE.finditer(text))
        sample.lines |= dict.fromkeys(islice(lines, MOST_LINES - len(sample.lines)))


def _cut(name: bytes) -> bytes:
    """`name` from a few bytes before the first that is not ASCII."""
    first = _FIRST.search(name)
    return name[max(0, first.start() - BEFORE) if first else 0 :]


def _spread(names: set[bytes]) -> set[bytes]:
    """At most `MOST_NAMES` of `names`: those with the smallest digests, spread over the whole of the file."""
    if len(names) <= MOST_NAMES:
        return names
    return set(sorted(names, key=lambda name: (crc32(name), name))[:MOST_NAMES])
