"""What is damage of a zip file, and what is not."""

from __future__ import annotations

import errno
import zipfile

import pytest

from oas.kernel.intake.zip_files import Damaged, Locked, is_left_out, reading_zip


@pytest.mark.parametrize(
    "error", [zipfile.BadZipFile(), EOFError(), ValueError(), OSError("bad data"), OSError(errno.EINVAL, "")]
)
def test_what_readers_raise_at_bad_input_is_damage(error: Exception) -> None:
    with pytest.raises(Damaged), reading_zip():
        raise error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_an_error_of_the_system_is_not_the_files(number: int) -> None:
    with pytest.raises(OSError, match="by the system"), reading_zip():
        raise OSError(number, "by the system")


def test_a_password_is_named_as_such() -> None:
    with pytest.raises(Locked), reading_zip():
        raise RuntimeError("password required")


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("a/", True),
        ("__MACOSX/a.csv", True),
        ("x/._a.csv", True),
        ("x\\Thumbs.db", True),
        ("a.csv", False),
        ("", False),
    ],
)
def test_folders_and_litter_are_left_out(name: str, left_out: bool) -> None:
    assert is_left_out(name) is left_out
