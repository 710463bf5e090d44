"""Sales files over the public API, from upload to exact totals or to a clear cause of failure."""

from __future__ import annotations

import csv
import io
import secrets
import time
from decimal import Decimal

import pytest

from devstack.client import Api, ApiError
from oas.kernel.amounts import exact
from tests.e2e.conftest import Send, final
from tests.glider.driving import BELIEVE, DISTROKID, distrokid
from tests.rates import ecb


def unique() -> str:
    """Return an amount with twelve decimals that no other file has, so that no two tests send the same content."""
    return f"0.{secrets.randbelow(10**12):012}"


def test_totals_equal_an_independent_sum_to_the_last_digit(api: Api, send: Send) -> None:
    lines = [f"2025-0{n % 3 + 5}|Spotify|Song {n % 40}|QZAAA25{n % 40:05}||{n}|{unique()}" for n in range(1000)]
    content = distrokid(*lines)
    file = final(api, send(content, "sales.tsv"))
    rows = list(csv.DictReader(io.StringIO(content), delimiter="\t"))
    total = sum((Decimal(row["Earnings (USD)"]) for row in rows), Decimal(0))
    assert (file["status"], file["total_rows"], Decimal(file["total_local"])) == ("FINALIZED", 1000, total)
    snapshot = api.snapshot(file["id"], 1000)
    for name in ("byArtist", "byDSP", "byTerritory", "byTrack", "byRelease"):
        assert sum(Decimal(row["revenue"]) for row in snapshot[name]) == total, name
    by_isrc = {row["isrc"]: Decimal(row["revenue"]) for row in snapshot["byTrack"]}
    assert by_isrc["QZAAA2500007"] == sum(
        Decimal(row["Earnings (USD)"]) for row in rows if row["ISRC"].endswith("00007")
    )
    assert all(check["tied"] for check in snapshot["checks"])


def test_a_hundred_thousand_tracks_make_a_whole_snapshot(api: Api, send: Send) -> None:
    lines = [f"2025-07|Spotify|Song {n}|QZ{n // 100000:01}AA25{n % 100000:05}||1|{n}.5" for n in range(100_000)]
    lines[0] = f"2025-07|Spotify|Song 0|QZ0AA2500000||1|{unique()}"
    file = final(api, send(distrokid(*lines), "many.tsv"))
    assert (file["status"], file["total_rows"]) == ("FINALIZED", 100_000)
    tracks = api.ask("GET", f"/api/files/salesfiles/{file['id']}/snapshot/", params={"only": "byTrack"})["byTrack"]
    assert len(tracks) == 100_000
    assert sum(Decimal(row["revenue"]) for row in tracks) == Decimal(file["total_local"])
    assert tracks[0]["revenue"].startswith("99999.5")


@pytest.mark.parametrize(
    ("content", "cause", "words"),
    [
        (DISTROKID + "\n", "no_rows", "no sales below it"),
        (b"\x00\x01\x02\x03" * 4000, "not_a_table", "binary"),
        ("Artist,Title,Money\nA,B,1\n", "unknown_layout", "'Money'"),
        (distrokid("2025-07|S|S|||1|ten"), "no_valid_rows", "bad_net (1)"),
    ],
)
def test_a_file_that_cannot_be_taken_fails_with_its_cause(
    content: bytes | str, cause: str, words: str, api: Api, send: Send
) -> None:
    salt = secrets.token_bytes(16) if isinstance(content, bytes) else "\n" * secrets.randbelow(5000)
    file = final(api, send(content + salt, "bad.csv"))  # type: ignore[operator]
    assert (file["status"], file["status_cause"]) == ("FAILED", cause)
    assert words in file["error_message"]
    assert file["actions"] == ["upload", "reimport"]


def test_two_currencies_in_one_file_are_never_added_up_as_they_are(api: Api, send: Send) -> None:
    start = "2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;"
    amounts = {"EUR": unique(), "USD": unique()}
    lines = [f"{start}{currency};0;0;1.5;0.85;{amount}" for currency, amount in amounts.items()]
    file = final(api, send("\n".join([BELIEVE, *lines]), "two.csv"))
    euro = ecb.price("EUR", "2025-09", "USD")
    assert (file["status"], file["exchange_rate"]) == ("FINALIZED", None)
    assert (file["currency"], file["local_currency"]) == ("", "USD")
    assert {each["currency"]: Decimal(each["rate"]) for each in file["exchange_rates"]} == {"EUR": euro, "USD": 1}
    with exact():
        expected = Decimal(amounts["USD"]) + (Decimal(amounts["EUR"]) * euro).quantize(Decimal("1e-18"))
    assert Decimal(file["total_local"]) == expected


def test_a_currency_without_a_rate_stops_the_file_until_one_is_given(api: Api, send: Send) -> None:
    start = "2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;"
    amount = unique()
    file = final(api, send(f"{BELIEVE}\n{start}ARS;0;0;1.5;0.85;{amount}\n", "pesos.csv"))
    assert (file["status"], file["status_cause"]) == ("FAILED", "exchange_rate_missing")
    assert file["source_format"] == "believe"
    assert "from ARS to USD for 2025-09" in file["error_message"]
    api.ask("PATCH", f"/api/files/salesfiles/{file['id']}/", json={"exchange_rate": "0.5"})
    api.process(file["id"], "reimport")
    again = final(api, file)
    with exact():
        assert (again["status"], Decimal(again["total_local"])) == ("FINALIZED", Decimal(amount) / 2)


def test_rejected_lines_can_be_downloaded(api: Api, send: Send) -> None:
    content = distrokid(f"2025-07|Spotify|S|||1|{unique()}", "2025-07|Spotify|S|||1|1.234,56")
    file = final(api, send(content, "some.tsv"))
    # Half of it was rejected: it waits for a person.
    assert (file["status"], file["status_cause"]) == ("PROCESSED", "many_rejects")
    assert (file["accepted_rows"], file["rejected_rows"], file["skipped_rows"]) == (1, 1, 0)
    assert api.ask("GET", f"/api/files/salesfiles/{file['id']}/rejects/")["url"]
    assert (
        api.ask("POST", f"/api/files/salesfiles/{file['id']}/process/", json={"action": "accept"})["status"]
        == "FINALIZED"
    )


def test_the_same_content_twice_is_refused_naming_the_first(api: Api, send: Send) -> None:
    content = distrokid(f"2025-07|Spotify|S|||1|{unique()}")
    first = final(api, send(content, "first.tsv"))
    with pytest.raises(ApiError) as refused:
        send(content, "second.tsv")
    assert (refused.value.status, refused.value.code) == (409, "duplicate_file")
    assert str(first["id"]) in str(refused.value.facts)


def test_a_reimport_replaces_and_never_adds(api: Api, send: Send) -> None:
    file = final(api, send(distrokid(f"2025-07|Spotify|S|||1|{unique()}"), "again.tsv"))
    api.process(file["id"], "reimport")
    again = final(api, file)
    assert (again["status"], again["revision"], again["total_local"]) == ("FINALIZED", 2, file["total_local"])
    history = api.ask("GET", f"/api/files/salesfiles/{file['id']}/history/")
    changes = [change["to_status"] for change in history["results"]]
    assert [changes.count("FINALIZED"), changes.count("REIMPORT")] == [2, 1]


def test_a_second_process_while_the_first_is_under_way_is_refused(api: Api, send: Send) -> None:
    file = send(distrokid(f"2025-07|Spotify|S|||1|{unique()}"), "twice.tsv")
    with pytest.raises(ApiError) as refused:
        api.process(file["id"], "clean")
    assert (refused.value.status, refused.value.code) == (409, "invalid_transition")
    assert final(api, file)["status"] == "FINALIZED"


def test_an_exchange_rate_is_used_as_given(api: Api, send: Send) -> None:
    file = final(api, send(distrokid("2025-07|Spotify|S|||1|2.5"), f"rate-{time.time_ns()}.tsv", exchange_rate="0.9"))
    if file["status_cause"] == "duplicate_file":
        pytest.skip("this stack has seen the content before")
    assert Decimal(file["total_local"]) == Decimal("2.25")
