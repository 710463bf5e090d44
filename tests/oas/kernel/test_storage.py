"""Objects go to S3 and come back as they were, whatever their size; what S3 refuses is raised."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from oas.kernel.storage import CHUNK, ObjectAbsent, ObjectTooLarge, StorageError, storage


def test_a_key_that_could_not_be_deleted_is_an_error_though_the_answer_is_200() -> None:
    storage().put_bytes("organisation=1/full/a", b"a")
    with pytest.raises(StorageError, match="organisation=1/full: not deleted"):
        storage().delete("organisation=1/full")  # a folder that is not empty, to this server


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_an_object_is_fetched_whole_whatever_its_size(size: int, tmp_path: Path) -> None:
    content = random.Random(size).randbytes(size)
    storage().put_bytes("organisation=1/whole", content)
    storage().fetch("organisation=1/whole", tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == content


def test_copies_equal_their_source_and_a_missing_source_is_absent() -> None:
    storage().put_bytes("organisation=1/source", b"lines")
    storage().copy_all(("organisation=1/source", f"organisation=1/copy {n}") for n in range(6))
    assert [storage().get_bytes(f"organisation=1/copy {n}") for n in range(6)] == [b"lines"] * 6
    with pytest.raises(ObjectAbsent):
        storage().copy("organisation=1/no source", "organisation=1/copy")


def test_files_are_joined_to_one_object_while_they_are_made(tmp_path: Path) -> None:
    contents = [b"a" * 3, b"", b"b" * (9 * 1024 * 1024), b"c" * (8 * 1024 * 1024), b"d"]
    assert storage().upload_joined(_made(contents, tmp_path), "organisation=1/joined") == sum(map(len, contents))
    storage().download("organisation=1/joined", tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == b"".join(contents)
    assert storage().upload_joined(iter([]), "organisation=1/joined of none") == 0


def test_no_object_and_no_upload_is_left_when_making_its_files_failed(tmp_path: Path) -> None:
    def failing() -> Iterator[Path]:
        yield from _made([b"a" * (20 * 1024 * 1024)], tmp_path)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage().upload_joined(failing(), "organisation=1/half")
    with pytest.raises(ObjectAbsent):
        storage().head("organisation=1/half")
    assert not list(storage().uploads("organisation=1/half"))


def _made(contents: list[bytes], folder: Path) -> Iterator[Path]:
    """One at a time, and gone when the next is asked for."""
    for content in contents:
        path = folder / "made"
        path.write_bytes(content)
        yield path
        path.unlink()


@pytest.mark.parametrize("size", [0, 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1])
def test_files_of_every_size_come_back_as_they_went(size: int, tmp_path: Path) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "a").write_bytes(content[:size])
    storage().upload(tmp_path / "a", f"organisation=1/of {size}")
    assert storage().get_bytes(f"organisation=1/of {size}") == content[:size]


def test_an_object_larger_than_allowed_is_not_read() -> None:
    storage().put_bytes("organisation=1/ten", b"0123456789")
    assert storage().get_bytes("organisation=1/ten", most=10) == b"0123456789"
    with pytest.raises(ObjectTooLarge, match="organisation=1/ten"):
        storage().get_bytes("organisation=1/ten", most=9)
