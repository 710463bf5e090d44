"""What an object comes to when it is unpacked, counted no further than is asked for."""

from __future__ import annotations

import gzip
import io
import secrets
import zipfile
from collections.abc import Iterator

import pytest

from oas.kernel.intake.unpacked_size import count_unpacked, unpacked_size
from oas.kernel.storage import storage

MUCH = 1_000_000


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def counted(content: bytes, piece: int = 1000) -> int:
    pieces: Iterator[bytes] = (content[start : start + piece] for start in range(0, len(content), piece))
    return count_unpacked(pieces, most=MUCH)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b"", 0),
        (b"a,b\n1,2\n", 8),
        (gzip.compress(b"x" * 5000), 5000),
        (gzip.compress(b"x" * 5000) + gzip.compress(b"y" * 7000), 12_000),  # two streams
        (gzip.compress(gzip.compress(b"x" * 5000)), 5000),
        (gzip.compress(b"\n" * MUCH), MUCH),
        (zipped(a=b"x" * 400, b=b"y" * 500), 900),
        (zipped(a=gzip.compress(b"x" * 5000)), 5000),
        (zipped(a=zipped(b=b"x" * 5000)), 5000),
        (zipped(a=b"x" * MUCH, b=b"y"), MUCH),
        (b"\x1f\x8b nonsense", 0),
        (b"PK\x03\x04 nonsense", 0),
    ],
    ids=range(12),  # what gzip packs has the time in it
)  # fmt: skip
def test_bytes_are_counted_as_far_as_they_can_be_read(content: bytes, size: int) -> None:
    assert counted(content) == size


def test_ten_kilobytes_may_be_much() -> None:
    content = gzip.compress(b"\n" * 10_000_000)
    assert len(content) < 12_000
    key = f"elsewhere/{secrets.token_hex(4)}"
    storage().put_bytes(key, content)
    assert unpacked_size(key, len(content), most=64 * 1024**2) == 10_000_000
    assert unpacked_size(key, len(content), most=MUCH) == MUCH


def test_an_object_that_is_a_quarter_of_much_is_much_if_it_is_packed() -> None:
    packed, plain = f"elsewhere/{secrets.token_hex(4)}", f"elsewhere/{secrets.token_hex(4)}"
    storage().put_bytes(packed, gzip.compress(secrets.token_bytes(300_000)))
    storage().put_bytes(plain, b"x" * 300_000)
    assert unpacked_size(packed, 300_100, most=MUCH) == MUCH
    assert unpacked_size(plain, 300_000, most=MUCH) == 300_000
