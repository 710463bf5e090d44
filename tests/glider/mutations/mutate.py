"""Mutates files: bytes flipped, files cut off, put together wrongly, lines doubled, quotes and NULs in odd places.

Archives and workbooks are damaged from outside, or in a member that is packed again.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Final

import time_machine

from tests.glider.mutations.corpus import corpus

WRITTEN: Final = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
Operation = Callable[[bytes, Random], bytes]
_ODD = (
    b"\0", b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\t", b",", b";", b"|", b"\\", b"\\|", b"\xff", b"\xef\xbb\xbf",
    b"\xcc\x81", b"\xc2\xa0", b"\x1a", b"\x1f", b"-", b".", b"1,234", b"1.234", b"9" * 45, b"1e400", b"-0", b"NaN",
    b"#", b"=1+1", b"(1.00)", b"\xe2\x88\x92", b"\xed\xa0\x80", b"\xf0\x9f\x8e\xb5", b"x" * 5000,
    b"2025-02-30", b"0000-00",
)  # fmt: skip


def mutated(number: int) -> tuple[str, bytes]:
    """Return the name of the original and the mutated content; both follow from `number` alone."""
    random = Random(number)
    with time_machine.travel(WRITTEN, tick=False):  # archives and workbooks hold the time they were made
        name, content = random.choice(corpus())
        return name, _within(content, random) if random.random() < 0.6 else _damaged(content, random)


def _within(content: bytes, random: Random) -> bytes:
    """Damage a member of an archive; a plain file is damaged as it is."""
    try:
        if content.startswith(b"PK"):
            return _repacked(content, random)
        if content.startswith(b"\x1f\x8b"):
            return gzip.compress(_damaged(gzip.decompress(content), random), mtime=0)
    except (OSError, zlib.error, zipfile.BadZipFile):
        pass
    return _damaged(content, random)


def _repacked(content: bytes, random: Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        infos = old.infolist()
        chosen = random.choice(infos) if infos else None
        for info in infos:
            inner = old.read(info)
            new.writestr(info.filename, _within(inner, random) if info is chosen else inner)
    return file.getvalue()


def _damaged(content: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        content = random.choice(_OPERATIONS)(content, random)
    return content


def _place(content: bytes, random: Random) -> int:
    return random.randrange(len(content) + 1)


def flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 2, 10, 100)) if content else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def truncate(content: bytes, random: Random) -> bytes:
    return content[: _place(content, random)]


def behead(content: bytes, random: Random) -> bytes:
    return content[_place(content, random) :]


def splice(content: bytes, random: Random) -> bytes:
    _, other = random.choice(corpus())
    return content[: _place(content, random)] + other[_place(other, random) :]


def insert(content: bytes, random: Random) -> bytes:
    place = _place(content, random)
    return content[:place] + random.choice(_ODD) * random.choice((1, 1, 2, 50)) + content[place:]


def overwrite(content: bytes, random: Random) -> bytes:
    place, odd = _place(content, random), random.choice(_ODD)
    return content[:place] + odd + content[place + len(odd) :]


def double(content: bytes, random: Random) -> bytes:
    start, end = sorted((_place(content, random), _place(content, random)))
    times = random.choice((1, 1, 5)) if end - start < 20_000 else 1
    return content[:end] + content[start:end] * times + content[end:]


def drop(content: bytes, random: Random) -> bytes:
    start, end = sorted((_place(content, random), _place(content, random)))
    return content[:start] + content[min(end, start + 2000) :]


def shuffle_lines(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def swap_cells(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if len(lines) < 2:
        return content
    place = random.randrange(len(lines))
    cells = lines[place].split(b"\t" if b"\t" in lines[place] else b",")
    random.shuffle(cells)
    lines[place] = b"\t".join(cells)
    return b"".join(lines)


def recode(content: bytes, random: Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-16-be", "utf-8-sig", "cp1252", "utf-32", "utf-7")), "replace")


def rebreak(content: bytes, random: Random) -> bytes:
    return content.replace(b"\n", random.choice((b"\r", b"\r\n", b"\n\n", b"\r\r\n", b"\x0b", b"\xe2\x80\xa8")))


def redelimit(content: bytes, random: Random) -> bytes:
    old, new = random.sample((b"\t", b",", b";", b"|"), 2)
    return content.replace(old, new)


_OPERATIONS: tuple[Operation, ...] = (
    flip, truncate, behead, splice, insert, insert, overwrite, double, drop, shuffle_lines, swap_cells, recode, rebreak,
    redelimit,
)  # fmt: skip
