"""Which sales objects a report reads."""

from __future__ import annotations

from oas.kernel.storage import storage
from tests.glider.reporting.driving import Lake, columns, isrc, line, some_catalogue


def test_sales_of_other_periods_are_not_even_fetched(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1))])
    for period in ("2024-12", "2025-02"):
        storage().delete(lake.put(period, [line(isrc=isrc(1))])["key"])
    assert columns(lake.monthly("2025-01").rows, "period", "sale_lines") == [("2025-01", "1")]


def test_only_live_sales_of_the_newest_revision_count(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="5")], uuid="aaaaaaaa", revision=1)
    lake.put("2025-01", [line(isrc=isrc(1), net="7")], uuid="aaaaaaaa", revision=2)
    lake.put("2025-01", [line(isrc=isrc(1), net="90")], uuid="bbbbbbbb", live=False)
    lake.put("2025-01", [line(isrc=isrc(1), net="900")], uuid="cccccccc")
    made = lake.monthly(without=["cccccccc"])
    assert columns(made.rows, "net", "source_files") == [("7", "aaaaaaaa")]


def test_sales_of_another_organisation_are_not_selected(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1))])
    other = Lake(lake.folder)
    some_catalogue(other)
    assert (other.monthly().rows, other.monthly().result.everything.rows) == ([], 0)
