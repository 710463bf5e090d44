from __future__ import annotations

import errno

import polars as pl
import pytest

from oas.kernel.workspace import is_disk_full


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EFBIG, "File too large"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (pl.exceptions.ComputeError(f"No space left on device (os error {errno.ENOSPC})"), True),
        (pl.exceptions.ComputeError(f"Permission denied (os error {errno.EACCES})"), False),
        (ValueError("28"), False),
    ],
)
def test_a_full_disk_is_recognised_in_errors_of_the_system_and_of_the_engine(error: Exception, full: bool) -> None:
    assert is_disk_full(error) is full
