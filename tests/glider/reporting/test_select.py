"""Which sales objects a report reads."""

from __future__ import annotations

from glider.reporting.select import select
from oas.kernel.documents import documents
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


def test_a_file_counts_once_and_whole_at_every_step_of_its_activation(lake: Lake) -> None:
    old = [lake.put(period, [line(isrc=isrc(1))], revision=1) for period in ("2025-01", "2025-02", "2025-03")]
    new = [lake.put(period, [line(isrc=isrc(1))], revision=2, live=False) for period in ("2025-02", "2025-04")]
    seen = [_selected(lake)]
    for document in new:
        documents().update_all("sales", [document["_id"]], {"live": True, "live_objects": 2})
        seen.append(_selected(lake))
    for document in old:
        documents().delete("sales", {"_id": document["_id"]})
        seen.append(_selected(lake))
    first, second = [("2025-01", 1), ("2025-02", 1), ("2025-03", 1)], [("2025-02", 2)]
    assert seen == [first, first, second, second, second, second]


def _selected(lake: Lake) -> list[tuple[str, int]]:
    return [(each.period, each.revision) for each in select(lake.organisation, "2025-01", "2025-03")]


def test_sales_of_another_organisation_are_not_selected(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1))])
    other = Lake(lake.folder)
    some_catalogue(other)
    assert (other.monthly().rows, other.monthly().result.everything.rows) == ([], 0)


def test_a_first_revision_counts_when_all_of_its_months_in_the_report_are_marked(lake: Lake) -> None:
    """A process that dies between two months leaves some of them marked, which count for nothing until all are."""
    months = ("2025-01", "2025-02", "2025-06")
    found = [lake.put(month, [line(isrc=isrc(1))], revision=1, live=False) for month in months]
    seen = []
    for document in found:
        marks = {"live": True, "live_objects": 3, "live_periods": list(months)}
        documents().update_all("sales", [document["_id"]], marks)
        seen.append(_selected(lake))
    whole = [("2025-01", 1), ("2025-02", 1)]
    assert seen == [[], whole, whole]  # June is not in the report, so it waits for no mark of it
