"""Reports over HTTP with every worker running: requested, made and downloaded."""

from __future__ import annotations

import csv
import gzip
import io
import secrets
import time
from decimal import Decimal
from typing import Any

import httpx

from devstack.client import Api
from tests.e2e.conftest import Send, final

REPORTS = "/api/reports/"
PATIENCE = 60.0  # seconds
HEADER = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
)


def sold(*lines: tuple[str, str, str]) -> str:
    """Return a DistroKid file; each line is (month, ISRC, earnings)."""
    rows = [
        f"2025-09-25\t{month}\tSpotify\tAurora Lane\tNight Bus\t{isrc}\t\t1\t100\tSong\tDE\t0\t{net}"
        for month, isrc, net in lines
    ]
    return "\r\n".join([HEADER, *rows]) + "\r\n"


def new_isrc() -> str:
    return f"QZZ{secrets.choice('ABCDEFG')}{secrets.choice('ABCDEFG')}{secrets.randbelow(10**7):07}"


def made(api: Api, kind: str, period: str) -> dict[str, Any]:
    report = api.ask("POST", REPORTS, json={"type": kind, "period": period})
    until = time.monotonic() + PATIENCE
    while report["status"] in ("QUEUED", "RUNNING") and time.monotonic() < until:
        report = api.ask("GET", f"{REPORTS}{report['id']}/")
    assert report["status"] == "READY", report
    return dict(report)


def lines_of(report: dict[str, Any], isrc: str) -> list[dict[str, str]]:
    """Return the lines with `isrc`. Other tests may have sold something in the same month."""
    text = gzip.decompress(httpx.get(report["url"]).content).decode()
    return [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["isrc"] == isrc]


def test_reports_are_made_and_follow_the_catalogue(api: Api, send: Send) -> None:
    known, unknown, period = new_isrc(), new_isrc(), "2019-07"
    api.ask(
        "POST",
        "/api/catalogue/tracks/",
        json={"title": "Night Bus", "isrc": known, "artists": [{"name": "Aurora Lane"}]},
    )
    file = final(api, send(sold((period, known, "1.25"), (period, known, "0.5"), (period, unknown, "0.25"))))
    assert file["status"] == "FINALIZED"
    monthly, unmatched = made(api, "MONTHLY", period), made(api, "UNMATCHED", period)
    assert [(row["net"], row["source_files"]) for row in lines_of(monthly, known)] == [("1.75", file["uuid"])]
    assert [row["reason"] for row in lines_of(unmatched, unknown)] == ["isrc_not_in_catalogue"]
    assert monthly["totals"] == unmatched["totals"]
    totals = {name: Decimal(sums["revenue"]) for name, sums in monthly["totals"].items()}
    assert totals["matched"] + totals["unmatched"] == totals["everything"]

    groups = api.ask("GET", f"{REPORTS}{unmatched['id']}/unmatched/")["results"]
    wanted = next(group for group in groups if group["key"] == unknown)
    accepted = api.ask("POST", f"{REPORTS}{unmatched['id']}/unmatched/accept/", json={"groups": [wanted["n"]]})
    assert accepted["results"][0]["error"] is None
    assert lines_of(made(api, "UNMATCHED", period), unknown) == []
    assert [row["net"] for row in lines_of(made(api, "MONTHLY", period), known)] == ["2"]


def test_a_deleted_file_is_in_no_report(api: Api, send: Send) -> None:
    isrc, period = new_isrc(), "2019-08"
    file = final(api, send(sold((period, isrc, "1.25"))))
    assert len(lines_of(made(api, "UNMATCHED", period), isrc)) == 1
    api.delete(file["id"])
    assert lines_of(made(api, "UNMATCHED", period), isrc) == []


def test_a_reimported_file_counts_once(api: Api, send: Send) -> None:
    isrc, period = new_isrc(), "2019-09"
    file = final(api, send(sold((period, isrc, "1.25"))))
    api.process(file["id"], "reimport")
    assert final(api, api.file(file["id"]))["status"] == "FINALIZED"
    assert [row["net"] for row in lines_of(made(api, "UNMATCHED", period), isrc)] == ["1.25"]
