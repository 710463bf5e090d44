"""Planted differences in the tables of the totals over all files are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salesfiles.models import SalesFile
from tests.upkeep.verification.planted import (
    entry,
    gap,
    lost_entry,
    run,
    scope,
    source,
)
from upkeep.verification import recompute


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (entry, ["summary, track", "2025-02", "revenue", "1.5"]),
        (lost_entry, ["summary, artist", "all time", "files"]),
        (gap, ["distinct keys, 0 to 202501", "999"]),
        (scope, ["summary", "files", "9"]),
        (source, ["files of distrokid for 2025-02"]),
    ],
)
def test_a_difference_of_the_totals_over_all_files_is_found(
    files: list[SalesFile], plant: Callable[[SalesFile], None], words: list[str]
) -> None:
    plant(files[1])
    code, printed = run()
    assert code == 1
    assert [word for word in words if word not in printed] == []


def test_memory_is_bounded_by_summing_up_what_was_added(
    files: list[SalesFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recompute, "COMPACT", 10)
    assert run() == (0, "All totals of 3 sales files are equal to what their lines add up to.")
