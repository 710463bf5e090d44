"""Files as one stream, and chunks handed over while the next is on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oas.kernel.streams import JoinedFiles, hand_over


def test_files_are_read_one_after_the_other_and_counted(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, content in zip(paths, (b"one", b"", b"three"), strict=True):
        path.write_bytes(content)
    joined = JoinedFiles(paths)
    assert joined.readall() == b"onethree"
    assert joined.size == 8


def test_a_path_is_asked_for_only_when_the_file_before_it_is_read(tmp_path: Path) -> None:
    asked: list[str] = []

    def made() -> Iterator[Path]:
        for name in ("a", "b"):
            asked.append(name)
            (tmp_path / name).write_bytes(b"xy")
            yield tmp_path / name

    joined = JoinedFiles(made())
    assert (joined.read(2), asked) == (b"xy", ["a"])
    assert (joined.read(2), asked) == (b"xy", ["a", "b"])
    assert joined.read(2) == b""


def test_every_taker_gets_every_chunk_in_order() -> None:
    first, second = list[bytes](), list[bytes]()
    hand_over(iter([b"a", b"b", b"c"]), (first.append, second.append))
    assert (first, second) == ([b"a", b"b", b"c"], [b"a", b"b", b"c"])


def test_the_next_chunk_is_fetched_while_one_is_taken() -> None:
    fetched = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"a"
        fetched.set()
        yield b"b"

    seen: list[bool] = []
    hand_over(chunks(), (lambda chunk: seen.append(chunk == b"b" or fetched.wait(10)),))
    assert seen == [True, True]


def test_what_a_taker_raises_is_raised() -> None:
    def full(chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        hand_over(iter([b"a", b"b"]), (full,))
