"""Sale lines of a month become report lines, whatever the slices and the rules that match them."""

from __future__ import annotations

import pytest

from glider.reporting import group
from tests.glider.reporting.driving import Lake, columns, isrc, line, three_months, track


@pytest.mark.parametrize("kind", ["monthly", "unmatched"])
def test_a_month_in_many_slices_gives_the_same_report(lake: Lake, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    three_months(lake, 100)
    whole = getattr(lake, kind)("2025-01", "2025-03")
    monkeypatch.setattr(group, "MOST_LINES", 15)
    sliced = getattr(lake, kind)("2025-01", "2025-03")
    assert sliced.content == whole.content
    assert sliced.groups() == whole.groups()


def test_lines_that_match_one_track_by_two_rules_are_one_line(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1)), aliases=[("isrc", isrc(99), 1, None)])
    lake.put("2025-01", [line(isrc=isrc(1)), line(isrc=isrc(99))], uuid="bbbbbbbb")
    lake.put("2025-01", [line(isrc=isrc(99))], uuid="aaaaaaaa")
    assert columns(lake.monthly().rows, "sale_lines", "source_files") == [("3", "aaaaaaaa bbbbbbbb")]
