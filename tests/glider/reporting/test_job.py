"""The report job on real S3 and MongoDB: every figure against sums made by hand with Decimal."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from glider.reporting import job
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from tests.glider.reporting.driving import Lake, columns, isrc, line, some_catalogue, three_months, total, track

KEY = ("period", "dsp", "territory", "usage", "currency", "reference")


def by_hand(lake: Lake, period: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The MONTHLY lines of one period, added up one by one."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for sold in lake.lines[period]:
        number = int(sold["isrc"][5:])
        if number >= 10:
            continue
        key = (period, sold["dsp"], sold["territory"], sold["usage"], sold["currency"], f"T{number}")
        sums = found.setdefault(key, defaultdict(Decimal) | {"uuids": set(), "gross": None})
        for name in ("quantity", "net", "revenue"):
            sums[name] += sold[name]
        if sold["gross"] is not None:
            sums["gross"] = (sums["gross"] or 0) + sold["gross"]
        sums["uuids"].add(sold["uuid"])
    return found


def test_every_line_equals_a_sum_made_by_hand(lake: Lake) -> None:
    three_months(lake)
    rows = lake.monthly("2025-01", "2025-03").rows
    expected = {key: sums for period in lake.lines for key, sums in by_hand(lake, period).items()}
    assert len(rows) == len(expected)
    for row in rows:
        sums = expected[tuple(row[name] for name in KEY)]
        assert (int(row["quantity"]), Decimal(row["net"]), Decimal(row["revenue"])) == (
            sums["quantity"], sums["net"], sums["revenue"],
        )  # fmt: skip
        assert (Decimal(row["gross"]) if row["gross"] else None) == sums["gross"]
        assert row["source_files"] == " ".join(sorted(sums["uuids"]))
        assert row["revenue_currency"] == "EUR"


def test_both_reports_together_are_everything_sold(lake: Lake) -> None:
    three_months(lake)
    monthly, unmatched = lake.monthly("2025-01", "2025-03"), lake.unmatched("2025-01", "2025-03")
    sold = lake.sold("2025-01", "2025-03")
    for name, column in (("rows", "sale_lines"), ("quantity", "quantity"), ("revenue", "revenue")):
        whole = sum(1 if name == "rows" else each[name] for each in sold)
        assert total(monthly.rows, column) + total(unmatched.rows, column) == whole
        for made in (monthly, unmatched):  # each result has the totals of both
            assert getattr(made.result.everything, name) == whole
            assert getattr(made.result.matched, name) == total(monthly.rows, column)
            assert getattr(made.result.unmatched, name) == total(unmatched.rows, column)
    for currency in ("EUR", "USD"):
        net = sum(each["net"] for each in sold if each["currency"] == currency)
        both = [row for row in monthly.rows + unmatched.rows if row["currency"] == currency]
        assert total(both, "net") == net == monthly.result.everything.net[currency]
    assert all(check.tied for check in monthly.result.checks + unmatched.result.checks)


def test_a_span_without_sales_is_a_report_with_a_header(lake: Lake) -> None:
    lake.catalogue()
    made = lake.monthly("2025-01", "2025-06")
    assert made.text.startswith('"period","dsp","territory","usage","artist","track"')
    assert (made.rows, made.result.lines, made.result.everything.rows) == ([], 0, 0)
    assert lake.unmatched().text.rstrip("\r\n").endswith('"suggested_title","score"')


def test_lines_are_in_a_fixed_order(lake: Lake) -> None:
    three_months(lake, 50)
    first, second = lake.monthly("2025-01", "2025-03"), lake.monthly("2025-01", "2025-03")
    keys = columns(first.rows, "period", "dsp", "territory", "usage", "currency", "artist", "track")
    assert keys == sorted(keys)
    assert first.content == second.content


def test_when_the_catalogue_grows_nothing_is_imported_again(lake: Lake) -> None:
    lake.catalogue()
    lake.put("2025-01", [line(isrc=isrc(1), net="2.5")])
    assert columns(lake.unmatched().rows, "revenue") == [("2.5",)]
    lake.catalogue(track(1, isrc(1)))
    assert columns(lake.monthly().rows, "revenue") == [("2.5",)]
    assert lake.unmatched().rows == []


# --- sales that change while they are read ---


def test_sales_are_read_again_when_an_object_is_gone(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reimport finishes between the look at the documents and the fetch."""
    some_catalogue(lake)
    old = lake.put("2025-01", [line(isrc=isrc(1), net="5")])
    selected = job._select

    def replaced(*args: Any) -> Any:
        found = selected(*args)
        if documents().delete("sales", {"_id": old["_id"]}):
            storage().delete(old["key"])
            lake.put("2025-01", [line(isrc=isrc(1), net="7")], revision=2)
        return found

    monkeypatch.setattr(job, "_select", replaced)
    assert columns(lake.monthly().rows, "net") == [("7",)]


def test_a_file_that_is_activated_while_others_are_read_is_in_the_report(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="5")])
    grown, late = job._build, [True]

    def interrupted(*args: Any) -> Any:
        found = grown(*args)
        if late.pop() if late else False:
            lake.put("2025-01", [line(isrc=isrc(1), net="7")], uuid="bbbbbbbb")
        return found

    monkeypatch.setattr(job, "_build", interrupted)
    assert columns(lake.monthly().rows, "net", "source_files") == [("12", "aaaaaaaa bbbbbbbb")]


def test_sales_that_change_in_every_attempt_fail_the_report(lake: Lake) -> None:
    some_catalogue(lake)
    storage().delete(lake.put("2025-01", [line(isrc=isrc(1))])["key"])
    with pytest.raises(JobFailed) as failed:
        lake.monthly()
    assert failed.value.cause is Cause.SALES_CHANGING


# --- refusals ---


@pytest.mark.parametrize("name", ["net", "gross", "revenue"])
@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, 1)], ids=["of one sign", "that cancel out"])
def test_sales_that_cannot_be_added_up_make_no_report(lake: Lake, name: str, signs: tuple[int, ...]) -> None:
    """Polars would wrap around: three times 9 * 10^19 is no 2.7 * 10^20 in decimal(38,18)."""
    some_catalogue(lake)
    for sign in signs:
        lake.put("2025-01", [line(isrc=isrc(1), **{name: Decimal(sign * 9 * 10**19)})])
    with pytest.raises(JobFailed, match="come to more than") as failed:
        lake.monthly()
    assert failed.value.cause is Cause.TOTALS_TOO_LARGE


def test_the_largest_sales_that_can_be_added_up_make_one(lake: Lake) -> None:
    some_catalogue(lake)
    large = Decimal("40000000000000000000.000000000000000001")
    lake.put("2025-01", [line(isrc=isrc(1), net=large, revenue=large) for _ in range(2)])
    rows = lake.monthly().rows
    assert [Decimal(row["revenue"]) for row in rows] == [Decimal("80000000000000000000.000000000000000002")]


def test_a_report_whose_numbers_do_not_tie_is_not_made(lake: Lake) -> None:
    some_catalogue(lake)
    document = lake.put("2025-01", [line(isrc=isrc(1))])
    documents().update("sales", document["_id"], {"revenue": "1.000000000000000001"})
    with pytest.raises(JobFailed, match=r"revenue read = revenue imported: expected 1\.000000000000000001") as failed:
        lake.monthly()
    assert failed.value.cause is Cause.CONTROL_TOTALS


def test_a_report_whose_copy_of_the_catalogue_is_gone_fails_with_a_reason(lake: Lake) -> None:
    with pytest.raises(JobFailed, match="catalogue") as failed:
        lake.monthly()
    assert failed.value.cause is Cause.OBJECT_ABSENT


# --- snapshot ---


def test_the_snapshot_has_the_totals_of_matched_and_unmatched_lines(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="2.5"), line(isrc=isrc(50), net="1")])
    made = lake.unmatched()
    found = made.snapshot
    assert (found["organisation"], found["kind"], found["catalogue_version"]) == (
        lake.organisation, "UNMATCHED", lake.version,
    )  # fmt: skip
    halves = {name: (found[name]["rows"], found[name]["revenue"]) for name in ("matched", "unmatched", "everything")}
    assert {name: (rows, Decimal(revenue)) for name, (rows, revenue) in halves.items()} == {
        "matched": (1, Decimal("2.5")),
        "unmatched": (1, Decimal(1)),
        "everything": (2, Decimal("3.5")),
    }
    assert made.result.size == len(made.content)


def test_a_report_that_runs_again_leaves_one_snapshot(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(50))])
    first = lake.unmatched()
    again = lake.run(first.message)
    assert again.content == first.content
    assert len(list(documents().find("report_snapshots", {"organisation": lake.organisation}))) == 1
    assert len(again.groups()) == 1


def test_only_the_first_groups_are_stored_in_documents(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "MOST_GROUPS", 1500)
    lake.catalogue()
    lake.put("2025-01", [line(isrc=isrc(n), net=str(n)) for n in range(1600)])
    made = lake.unmatched()
    chunks = sorted(documents().find("report_rows", {"report": made.message.report}), key=lambda chunk: chunk["n"])
    assert [len(chunk["rows"]) for chunk in chunks] == [1000, 500]
    assert [group["key"] for group in made.groups()[:2]] == [isrc(1599), isrc(1598)]
    assert (made.result.groups, made.snapshot["groups_kept"], len(made.rows)) == (1600, 1500, 1600)
