"""GET /api/sales/summary/: lists, months for charts, months left out, one batch, and access to it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.services.files import change_details, delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.glider.driving import distrokid
from tests.totals.asking import ADDRESS, ask, expected_figures, figures
from tests.totals.driving import Expected, finalized, processed, random_content, upload
from totals.models import SummaryScope

# --- breakdowns ---


@pytest.mark.parametrize("span", [{}, {"from": "2025-02", "to": "2025-03"}, {"from": "2025-02", "to": "2025-02"}])
def test_by_track_equals_the_sums_of_the_files(
    organisation: Organisation, alice_api: APIClient, span: dict[str, str]
) -> None:
    contents = [random_content(seed) for seed in range(3)]
    for content in contents:
        finalized(organisation, content)
    found = ask(alice_api, by="track", **span)
    expected = Expected.of(*contents, first=span.get("from", ""), last=span.get("to", "9999")).by("ISRC", "Title")
    coded = {row["isrc"]: Decimal(row["revenue"]) for row in found["results"] if "isrc" in row}
    assert coded == {isrc: total for (isrc, _), total in expected.items() if isrc}
    revenues = [Decimal(row["revenue"]) for row in found["results"]]
    assert revenues == sorted(revenues, reverse=True)
    assert sum(revenues) == Decimal(found["total_gross_exact"])
    assert found["rest"] == {"revenue": "0", "quantity": 0, "rows": 0}


def test_the_largest_and_the_rest_make_the_whole(organisation: Organisation, alice_api: APIClient) -> None:
    contents = [random_content(seed) for seed in range(2)]
    for content in contents:
        finalized(organisation, content)
    whole, found = ask(alice_api, by="track"), ask(alice_api, by="track", limit=3)
    assert found["results"] == whole["results"][:3]
    shown = sum(Decimal(row["revenue"]) for row in found["results"])
    assert shown + Decimal(found["rest"]["revenue"]) == Decimal(whole["total_gross_exact"])
    assert sum(row["rows"] for row in found["results"]) + found["rest"]["rows"] == whole["rows"]


@pytest.mark.parametrize(("by", "column"), [("artist", "Artist"), ("territory", "Country of Sale")])
def test_by_artist_and_territory(organisation: Organisation, alice_api: APIClient, by: str, column: str) -> None:
    contents = [random_content(seed) for seed in range(2)]
    for content in contents:
        finalized(organisation, content)
    found = {row["name"]: Decimal(row["revenue"]) for row in ask(alice_api, by=by)["results"]}
    assert found == {key: total for (key,), total in Expected.of(*contents).by(column).items()}


def test_by_period_comes_in_the_order_of_time(organisation: Organisation, alice_api: APIClient) -> None:
    content = random_content(1)
    finalized(organisation, content)
    found = ask(alice_api, by="period")["results"]
    expected = Expected.of(content).by("Sale Month")
    assert [(row["name"], Decimal(row["revenue"])) for row in found] == sorted(
        (key, t) for (key,), t in expected.items()
    )
    assert {row["files"] for row in found} == {1}
    assert ask(alice_api, by="period", limit=1)["results"] == found[-1:]


def test_lines_that_name_nothing_are_shown_and_not_counted(organisation: Organisation, alice_api: APIClient) -> None:
    finalized(organisation, distrokid("2025-01|Spotify|S|||1|1").replace("\tArtist A\t", "\t\t"))
    found = ask(alice_api, by="artist")
    assert (found["artists"], found["results"][0]["name"]) == (0, "(not stated)")


def test_of_two_spellings_the_first_by_the_alphabet_is_shown(organisation: Organisation, alice_api: APIClient) -> None:
    for title, amount in (("night bus", 1), ("Night Bus", 2)):
        finalized(organisation, distrokid(f"2025-01|Spotify|{title}|QZAAA2500001||1|{amount}"))
    (row,) = ask(alice_api, by="track")["results"]
    assert (row["name"], row["revenue"]) == ("Night Bus", "3")


def test_the_share_is_of_the_whole(organisation: Organisation, alice_api: APIClient) -> None:
    lines = [f"2025-01|{store}|S|||1|1" for store in ("Spotify", "iTunes", "Deezer")]
    finalized(organisation, distrokid(*lines))
    assert [row["share"] for row in ask(alice_api, by="dsp")["results"]] == ["0.333333"] * 3


# --- month by month ---


def test_a_series_has_every_month_and_its_lines_and_rest_make_the_total(
    organisation: Organisation, alice_api: APIClient
) -> None:
    content = random_content(1, months=("2024-11", "2025-02"))
    finalized(organisation, content)
    series = ask(alice_api, series="month", by="track", limit=2)["series"]
    assert series["periods"] == ["2024-11", "2024-12", "2025-01", "2025-02"]
    months = {key: total for (key,), total in Expected.of(content).by("Sale Month").items()}
    assert [Decimal(value) for value in series["total"]["revenue"]] == [
        months["2024-11"], 0, 0, months["2025-02"],
    ]  # fmt: skip
    assert len(series["lines"]) == 2
    for n, total in enumerate(series["total"]["revenue"]):
        parts = [Decimal(line["revenue"][n]) for line in series["lines"]]
        assert sum(parts) + Decimal(series["rest"]["revenue"][n]) == Decimal(total)


def test_a_series_alone_has_the_total_only(organisation: Organisation, alice_api: APIClient) -> None:
    finalized(organisation, random_content(1))
    found = ask(alice_api, series="month")
    assert (found["results"], found["series"]["lines"], found["series"]["rest"]) == (None, [], None)
    total = sum(Decimal(value) for value in found["series"]["total"]["revenue"])
    assert total == Decimal(found["total_gross_exact"])


# --- missing months ---


def test_a_month_that_a_source_left_out_is_listed(organisation: Organisation, alice_api: APIClient) -> None:
    for n, month in enumerate(("2025-03", "2025-05", "2025-08")):
        finalized(organisation, random_content(n), reporting_period=month)
    assert ask(alice_api)["missing_periods"] == [
        {"source": "distrokid", "first": "2025-03", "last": "2025-08", "missing": ["2025-04", "2025-06", "2025-07"]}
    ]
    assert ask(alice_api, **{"from": "2025-05", "to": "2025-06"})["missing_periods"][0]["missing"] == ["2025-06"]


def test_a_month_that_came_later_is_missing_no_more_until_it_is_deleted(
    organisation: Organisation, alice_api: APIClient
) -> None:
    for n, month in enumerate(("2025-03", "2025-05")):
        finalized(organisation, random_content(n), reporting_period=month)
    file = finalized(organisation, random_content(7), reporting_period="2025-04")
    assert ask(alice_api)["missing_periods"] == []
    delete_file(file=file)
    assert ask(alice_api)["missing_periods"][0]["missing"] == ["2025-04"]


# --- who, and how ---


def test_charlie_sees_nothing_of_label_a(
    organisation: Organisation, charlie_api: APIClient, other_organisation: Organisation
) -> None:
    finalized(organisation, random_content(1))
    scope = SummaryScope.objects.of(organisation).get()
    found = ask(charlie_api, by="track", series="month")
    assert (found["organisation"], found["files"], found["results"]) == (other_organisation.pk, 0, [])
    assert charlie_api.get(ADDRESS, headers={"X-Organisation": str(organisation.pk)}).status_code == 404
    assert charlie_api.get(ADDRESS, {"path": scope.pk}).status_code == 404


def test_a_caller_without_credentials_is_refused(anonymous_api: APIClient, db: None) -> None:
    assert anonymous_api.get(ADDRESS).status_code == 401


def test_viewers_and_keys_may_read_it_and_no_caller_may_write_it(
    viewer_api: APIClient, key_api: APIClient, alice_api: APIClient
) -> None:
    assert viewer_api.get(ADDRESS).status_code == 200
    assert key_api.get(ADDRESS).status_code == 200
    assert alice_api.post(ADDRESS, {}).status_code == 405


@pytest.mark.parametrize(
    ("question", "attr", "code"),
    [
        ({"from": "2025-13"}, "from", "invalid"),
        ({"to": "2025"}, "to", "invalid"),
        ({"from": "2025-03", "to": "2025-02"}, "from", "from_after_to"),
        ({"by": "label"}, "by", "invalid_choice"),
        ({"limit": "0"}, "limit", "min_value"),
        ({"limit": "1001"}, "limit", "max_value"),
        ({"series": "week"}, "series", "invalid_choice"),
        ({"path": "x"}, "path", "invalid"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    alice_api: APIClient, question: dict[str, str], attr: str, code: str
) -> None:
    answer = alice_api.get(ADDRESS, question)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert (error["attr"], error["code"]) == (attr, code)


# --- one upload ---


def test_a_batch_has_totals_of_its_own_files(organisation: Organisation, alice_api: APIClient) -> None:
    contents = [random_content(seed) for seed in range(4)]
    batches = [upload(organisation), upload(organisation)]
    files = [
        finalized(organisation, content, batch=batch)
        for content, batch in zip(contents, [None, *batches, batches[0]], strict=True)
    ]
    assert figures(ask(alice_api)) == expected_figures(Expected.of(*contents))
    assert figures(ask(alice_api, path=batches[0].pk)) == expected_figures(Expected.of(contents[1], contents[3]))
    found = ask(alice_api, path=batches[1].pk, by="track", **{"from": "2025-02"})
    assert figures(found) == expected_figures(Expected.of(contents[2], first="2025-02"))
    assert found["path"] == batches[1].pk
    delete_file(file=files[3])
    assert figures(ask(alice_api, path=batches[0].pk)) == expected_figures(Expected.of(contents[1]))
    assert figures(ask(alice_api)) == expected_figures(Expected.of(*contents[:3]))


def test_a_reimport_counts_in_its_batch_as_well(organisation: Organisation, alice_api: APIClient) -> None:
    content, batch = random_content(1), upload(organisation)
    file = finalized(organisation, content, batch=batch)
    change_details(file=file, details={"exchange_rate": Decimal(3)})
    reimport(file=file)
    assert finalise(processed(file).pk)
    assert Decimal(ask(alice_api, path=batch.pk)["total_gross_exact"]) == Expected.of(content).total * 3


def test_a_batch_of_which_no_file_is_counted_yet_is_zero(organisation: Organisation, alice_api: APIClient) -> None:
    assert ask(alice_api, path=upload(organisation).pk)["files"] == 0


def test_an_unknown_batch_and_that_of_a_stranger_are_404(organisation: Organisation, charlie_api: APIClient) -> None:
    batch = upload(organisation)
    finalized(organisation, random_content(1), batch=batch)
    for path in (batch.pk, 2**62):
        answer = charlie_api.get(ADDRESS, {"path": path})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "upload_not_found")


def test_what_has_not_changed_is_304(organisation: Organisation, alice_api: APIClient) -> None:
    finalized(organisation, random_content(1))
    etag = alice_api.get(ADDRESS)["ETag"]
    same = alice_api.get(ADDRESS, headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    assert alice_api.get(ADDRESS, {"by": "dsp"}, headers={"If-None-Match": etag}).status_code == 200
    finalized(organisation, random_content(2))
    assert alice_api.get(ADDRESS, headers={"If-None-Match": etag}).status_code == 200
