"""The report module on real S3 and MongoDB: every figure against sums made by hand with Decimal."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from glider.reporting import group, job, write
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from tests.glider.reporting.driving import Lake, Made, columns, line, release, total, track

KEY = ("period", "dsp", "territory", "usage", "currency", "reference")


def isrc(n: int) -> str:
    return f"DEA12{n:07}"


def random_lines(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Half of the ISRCs are in the catalogue of `some_catalogue`."""
    return [
        line(
            dsp=rng.choice(["Spotify", "Deezer", "iTunes"]),
            territory=rng.choice(["DE", "US", "FR"]),
            usage=rng.choice(["stream", "download"]),
            currency=rng.choice(["EUR", "USD"]),
            monetisation=rng.choice(["subscription", "ad_supported"]),
            isrc=isrc(rng.randrange(20)),
            quantity=rng.randint(-5, 900),
            gross=None if rng.random() < 0.3 else Decimal(rng.randint(0, 10**15)).scaleb(-15),
            net=Decimal(rng.randint(-(10**17), 10**19)).scaleb(-18),
            revenue=Decimal(rng.randint(-(10**17), 10**19)).scaleb(-18),
        )
        for _ in range(count)
    ]


def some_catalogue(lake: Lake) -> None:
    lake.catalogue(*(track(n, isrc(n), f"Song {n}") for n in range(10)))


def three_months(lake: Lake, count: int = 400) -> None:
    rng = random.Random(7)
    some_catalogue(lake)
    for period in ("2025-01", "2025-02", "2025-03"):
        for uuid in ("bbbbbbbb", "aaaaaaaa"):
            lake.put(period, random_lines(rng, count), uuid=uuid)


def by_hand(lake: Lake, period: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The MONTHLY lines of one period, added up one by one."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for sold in lake.parts[period]:
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
    expected = {key: sums for period in lake.parts for key, sums in by_hand(lake, period).items()}
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
        for made in (monthly, unmatched):  # each says both halves
            assert getattr(made.result.everything, name) == whole
            assert getattr(made.result.matched, name) == total(monthly.rows, column)
            assert getattr(made.result.unmatched, name) == total(unmatched.rows, column)
    for currency in ("EUR", "USD"):
        net = sum(each["net"] for each in sold if each["currency"] == currency)
        both = [row for row in monthly.rows + unmatched.rows if row["currency"] == currency]
        assert total(both, "net") == net == monthly.result.everything.net[currency]
    assert all(check.tied for check in monthly.result.checks + unmatched.result.checks)


def test_periods_that_are_not_asked_for_are_not_even_read(lake: Lake) -> None:
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


def test_another_organisation_s_sales_are_not_in_it(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1))])
    other = Lake(lake.folder)
    some_catalogue(other)
    assert (other.monthly().rows, other.monthly().result.everything.rows) == ([], 0)


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


@pytest.mark.parametrize("kind", ["monthly", "unmatched"])
def test_a_month_in_many_slices_gives_the_same_report(lake: Lake, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    three_months(lake, 100)
    whole = getattr(lake, kind)("2025-01", "2025-03")
    monkeypatch.setattr(group, "MOST_LINES", 15)
    sliced = getattr(lake, kind)("2025-01", "2025-03")
    assert sliced.content == whole.content
    assert sliced.groups() == whole.groups()


def test_lines_that_come_to_one_track_on_two_ways_are_one_line(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1)), aliases=[("isrc", isrc(99), 1, None)])
    lake.put("2025-01", [line(isrc=isrc(1)), line(isrc=isrc(99))], uuid="bbbbbbbb")
    lake.put("2025-01", [line(isrc=isrc(99))], uuid="aaaaaaaa")
    assert columns(lake.monthly().rows, "sale_lines", "source_files") == [("3", "aaaaaaaa bbbbbbbb")]


def test_when_the_catalogue_grows_nothing_is_imported_again(lake: Lake) -> None:
    lake.catalogue()
    lake.put("2025-01", [line(isrc=isrc(1), net="2.5")])
    assert columns(lake.unmatched().rows, "revenue") == [("2.5",)]
    lake.catalogue(track(1, isrc(1)))
    assert columns(lake.monthly().rows, "revenue") == [("2.5",)]
    assert lake.unmatched().rows == []


# --- what changes while it is read ---


def test_a_part_that_went_away_is_looked_for_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reimport finishes between the look at the documents and the fetch."""
    some_catalogue(lake)
    old = lake.put("2025-01", [line(isrc=isrc(1), net="5")])
    selected = job._selected

    def replaced(*args: Any) -> Any:
        found = selected(*args)
        if documents().delete("sales", {"_id": old["_id"]}):
            storage().delete(old["key"])
            lake.put("2025-01", [line(isrc=isrc(1), net="7")], revision=2)
        return found

    monkeypatch.setattr(job, "_selected", replaced)
    assert columns(lake.monthly().rows, "net") == [("7",)]


def test_a_file_that_comes_while_others_are_read_is_in_it(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="5")])
    grown, late = job._grown, [True]

    def interrupted(*args: Any) -> Any:
        found = grown(*args)
        if late.pop() if late else False:
            lake.put("2025-01", [line(isrc=isrc(1), net="7")], uuid="bbbbbbbb")
        return found

    monkeypatch.setattr(job, "_grown", interrupted)
    assert columns(lake.monthly().rows, "net", "source_files") == [("12", "aaaaaaaa bbbbbbbb")]


def test_sales_that_never_hold_still_fail_the_report(lake: Lake) -> None:
    some_catalogue(lake)
    storage().delete(lake.put("2025-01", [line(isrc=isrc(1))])["key"])
    with pytest.raises(JobFailed) as failed:
        lake.monthly()
    assert failed.value.cause is Cause.SALES_CHANGING


def test_a_report_whose_numbers_do_not_tie_is_not_made(lake: Lake) -> None:
    some_catalogue(lake)
    document = lake.put("2025-01", [line(isrc=isrc(1))])
    documents().update("sales", document["_id"], {"revenue": "1.000000000000000001"})
    with pytest.raises(JobFailed, match=r"revenue read = revenue imported: expected 1\.000000000000000001") as failed:
        lake.monthly()
    assert failed.value.cause is Cause.CONTROL_TOTALS


def test_a_copy_of_the_catalogue_that_is_gone_is_said(lake: Lake) -> None:
    with pytest.raises(JobFailed, match="catalogue") as failed:
        lake.monthly()
    assert failed.value.cause is Cause.OBJECT_ABSENT


# --- cells ---


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_is_harmless(lake: Lake, evil: str) -> None:
    lake.catalogue(track(1, isrc(1), evil))
    lake.put("2025-01", [line(isrc=isrc(1), dsp=evil, net="-0.5"), line(track=evil)])
    row = lake.monthly().rows[0]
    assert (row["track"], row["dsp"], row["net"]) == (f"'{evil}", f"'{evil}", "-0.5")
    assert lake.unmatched().rows[0]["track"] == f"'{evil}"


def test_texts_are_in_quotes_and_numbers_are_not(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), 'Say "Hi", you\x00'))
    lake.put("2025-01", [line(isrc=isrc(1), quantity=-2, gross="10", net="-1.50", revenue="0.000000000000000001")])
    made = lake.monthly().text.splitlines()[1]
    assert made == (
        '"2025-01","Spotify","DE","stream","Aurora Lane","Say ""Hi"", you","","DEA120000001","","","T1",1,-2,10,-1.5,'
        '"EUR",0.000000000000000001,"EUR","aaaaaaaa"'
    )


def test_amounts_are_exact_beyond_what_a_float_holds(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="12345678901234567.123456789012345678")] * 3)
    assert columns(lake.monthly().rows, "net") == [("37037036703703701.370370367037037034",)]


# --- what it says of itself ---


def test_the_snapshot_has_both_halves(lake: Lake) -> None:
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


def test_a_report_that_is_made_again_leaves_one_snapshot(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(50))])
    first = lake.unmatched()
    again = lake.run(first.message)
    assert again.content == first.content
    assert len(list(documents().find("report_snapshots", {"organisation": lake.organisation}))) == 1
    assert len(again.groups()) == 1


# --- groups and suggestions ---


def test_lines_that_one_alias_would_settle_are_one_group(lake: Lake) -> None:
    lake.catalogue()
    lake.put(
        "2025-01",
        [
            line(isrc=isrc(1), track="Night Bus", dsp="Spotify", net="1"),
            line(isrc=isrc(1), track="NIGHT BUS", dsp="Deezer", net="2"),
            line(artist="Aurora Lane", track="Night Bus", net="-9"),
            line(artist="THE AURORA LANE", track="Night Bus (feat. Bo)", net="1"),
            line(artist=None, track=None, net="0.5"),
        ],
    )
    lake.put("2025-02", [line(isrc=isrc(1), track="Night-Bus", net="4")])
    made = lake.unmatched("2025-01", "2025-02")
    shown = [(group.get("kind"), group["key"], group["rows"], Decimal(group["revenue"])) for group in made.groups()]
    assert shown == [
        ("artist_title", "aurora lane|night bus", 2, Decimal(-8)),
        ("isrc", isrc(1), 3, Decimal(7)),
        (None, "track", 1, Decimal("0.5")),
    ]
    assert (made.result.groups, made.snapshot["groups_kept"]) == (3, 3)


def suggestions(made: Made) -> dict[str, tuple[Any, ...]]:
    return {row["track"] or row["release"]: (row["suggested_reference"], row["score"]) for row in made.rows}


def test_what_looks_alike_is_suggested_and_never_applied(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), "Night Bus"), track(2, isrc(2), "Harbour Lights"), release(7, title="Lines"))
    lake.put(
        "2025-01",
        [
            line(isrc=isrc(51), track="Night Bus"),
            line(isrc=isrc(52), track="Harbor Light"),
            line(isrc=isrc(54), track="Nightbus"),
            line(isrc=isrc(53), track="Completely Different", artist="Nobody You Know"),
            line(level="release", track=None, release="Linez", upc="111111111111"),
            line(artist=None, track=None),
        ],
    )
    made = lake.unmatched()
    assert suggestions(made) == {
        "Night Bus": ("T1", "100"),
        "Harbor Light": ("T2", "96"),
        "Nightbus": ("T1", "98"),
        "Completely Different": ("", ""),
        "Linez": ("R7", "94"),
        "": ("", ""),
    }
    assert made.result.suggested == 4
    assert lake.monthly().rows == []


def test_words_in_another_order_are_the_same_words(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), "Night Bus", artist="Lane Aurora"))
    lake.put("2025-01", [line(isrc=isrc(51))])
    assert suggestions(lake.unmatched()) == {"Night Bus": ("T1", "100")}


def test_comparisons_have_a_bound_and_what_earned_most_comes_first(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glider.reporting.suggest.MOST_PAIRS", 1)
    lake.catalogue(track(1, isrc(1), "Night Bus"))
    lake.put(
        "2025-01", [line(isrc=isrc(51), track="Night Buss", net="1"), line(isrc=isrc(52), track="Nite Bus", net="-3")]
    )
    assert [group.get("score") for group in lake.unmatched().groups()] == [93, None]


def test_only_the_first_groups_are_kept_in_documents(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "MOST_GROUPS", 1500)
    lake.catalogue()
    lake.put("2025-01", [line(isrc=isrc(n), net=str(n)) for n in range(1600)])
    made = lake.unmatched()
    chunks = sorted(documents().find("report_rows", {"report": made.message.report}), key=lambda chunk: chunk["n"])
    assert [len(chunk["rows"]) for chunk in chunks] == [1000, 500]
    assert [group["key"] for group in made.groups()[:2]] == [isrc(1599), isrc(1598)]
    assert (made.result.groups, made.snapshot["groups_kept"], len(made.rows)) == (1600, 1500, 1600)


def test_columns_of_both_reports_can_be_put_under_each_other() -> None:
    monthly, unmatched = (tuple(column[0] for column in columns) for columns in write.COLUMNS.values())
    assert unmatched[: len(monthly)] == monthly


def test_lines_of_very_many_files_name_each(lake: Lake) -> None:
    some_catalogue(lake)
    uuids = [f"{n:08x}" for n in range(131)]
    for n, uuid in enumerate(uuids):
        lake.put("2025-01", [line(isrc=isrc(1)), line(isrc=isrc(2), territory=f"T{n % 3}")], uuid=uuid)
    rows = {(row["reference"], row["territory"]): row["source_files"].split() for row in lake.monthly().rows}
    assert rows["T1", "DE"] == uuids
    assert rows["T2", "T1"] == uuids[1::3]
