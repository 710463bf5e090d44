"""Promise 27: currencies never mix, and the origin of a rate is said.

A label that keeps its books in euros sends files in five currencies over HTTP; its sums are made without code of OAS.
"""

from __future__ import annotations

import csv
import io
import random
import secrets
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import httpx
import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from accounts.services import create_organisation
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.glider.driving import BELIEVE, distrokid
from tests.rates import ecb
from tests.totals.driving import run_job

ROUTE = "/api/files/salesfiles/"
DSPS = ("Spotify", "Deezer", "TIDAL")
STATEMENTS = {"GBP": "2025-03", "SEK": "2024-11", "INR": "2025-06", "ARS": "2025-01", "HRK": "2024-05"}
GIVEN = "0.000913"  # euros for a peso


@pytest.fixture
def organisation(db: None) -> Organisation:
    return create_organisation(name="Label A", currency="EUR")[0]


def amounts(rng: random.Random) -> str:
    return f"{Decimal(rng.randint(-(10**9), 10**13)).scaleb(-10):f}"


def believe(currency: str) -> str:
    """Thirty lines in `currency`, with net amounts of ten decimals."""
    rng, month = random.Random(currency), STATEMENTS[currency].replace("-", "/")
    lines = [
        f"{month}/01;2024/10/01;{rng.choice(DSPS)};France;L;Nora Vale;R;Song {n};3600000000012;QZAAA25{n:05};C;"
        f"Premium;M;Stream;{n};{currency};0;0;0;1;{amounts(rng)}"
        for n in range(30)
    ]
    return "\n".join([BELIEVE, *lines]) + "\n"


def dollars() -> str:
    rng = random.Random("USD")
    return distrokid(*(f"2025-07|{rng.choice(DSPS)}|Song {n}|QZAAA25{n:05}||{n}|{amounts(rng)}" for n in range(30)))


FILES = {
    "USD": ("sales.tsv", dollars()),
    **{code: (f"{code}.csv", believe(code)) for code in ("GBP", "SEK", "INR", "HRK")},
}


def sold(currency: str, content: str) -> list[tuple[str, str, Decimal]]:
    """DSP, month of the statement and net of each line."""
    if currency == "USD":
        rows = csv.DictReader(io.StringIO(content), delimiter="\t")
        return [(row["Store"], row["Reporting Date"][:7], Decimal(row["Earnings (USD)"])) for row in rows]
    rows = csv.DictReader(io.StringIO(content), delimiter=";")
    return [
        (row["Platform"], row["Reporting month"][:7].replace("/", "-"), Decimal(row["Net Revenue"])) for row in rows
    ]


def price(currency: str, month: str) -> Decimal:
    if currency == "ARS":
        return Decimal(GIVEN)
    if currency == "HRK":  # the euro since 2023
        with localcontext(prec=100) as context:
            context.rounding = ROUND_HALF_EVEN
            return (1 / Decimal("7.53450")).quantize(Decimal("1e-18"))
    return ecb.price(currency, month)


def in_euros(files: dict[str, tuple[str, str]]) -> dict[str, Decimal]:
    """DSP → what its lines come to in euros; each line is rounded half-even at 18 places."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(prec=100) as context:
        context.rounding = ROUND_HALF_EVEN
        for currency, (_, content) in files.items():
            for dsp, month, net in sold(currency, content):
                found[dsp] += (net * price(currency, month)).quantize(Decimal("1e-18"))
    return dict(found)


def send(api: APIClient, name: str, content: str) -> dict[str, Any]:
    """From the first call until nothing more happens by itself."""
    data = content.encode()
    fields = {
        "filename": name,
        "filetype": name[-3:].upper(),
        "filesize": len(data),
        "mongo_db_id": secrets.token_hex(12),
    }
    file = api.post(ROUTE, fields).json()
    link = api.post(f"{ROUTE}{file['id']}/process/", {"action": "upload"}).json()["presigned_url"]
    assert httpx.put(link, content=data).status_code == 200
    assert api.post(f"{ROUTE}{file['id']}/process/", {"action": "clean"}).status_code == 202
    return at_rest(api, file["id"])


def at_rest(api: APIClient, id: int) -> dict[str, Any]:
    file = SalesFile.everything.get(pk=id)
    while file.status in ("CLEANING", "PROCESSING"):
        run_job(file)
    finalise(id)
    found: dict[str, Any] = api.get(f"{ROUTE}{id}/").json()
    return found


def summary(api: APIClient, **question: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/sales/summary/", question).json()
    return found


def test_a_label_in_euros_is_told_what_its_files_come_to_in_euros(alice_api: APIClient) -> None:
    for currency, (name, content) in FILES.items():
        file = send(alice_api, name, content)
        month = sold(currency, content)[0][1]
        assert (file["status"], file["currency"], file["local_currency"]) == ("FINALIZED", currency, "EUR"), file
        assert Decimal(file["total_local"]) == sum(in_euros({currency: (name, content)}).values())
        (used,) = file["exchange_rates"]
        assert (Decimal(used["rate"]), used["period"], used["to_currency"]) == (price(currency, month), month, "EUR")
        assert used["origin"] == ("fixed" if currency == "HRK" else "reference")
    assert_summary_is(alice_api, FILES)


def test_the_file_without_a_rate_stops_and_one_that_is_given_finishes_it(alice_api: APIClient) -> None:
    files = dict(list(FILES.items())[:2])
    for name, content in files.values():
        send(alice_api, name, content)
    file = send(alice_api, "pesos.csv", believe("ARS"))
    assert (file["status"], file["status_cause"]) == ("FAILED", "exchange_rate_missing")
    assert (file["currency"], file["source_format"], file["total_local"], file["exchange_rate"]) == (
        "ARS",
        "believe",
        None,
        None,
    )
    assert file["error_message"].startswith("There is no exchange rate from ARS to EUR for 2025-01.")
    assert "reimport" in file["actions"]
    assert_summary_is(alice_api, files)

    alice_api.patch(f"{ROUTE}{file['id']}/", {"exchange_rate": GIVEN})
    assert alice_api.post(f"{ROUTE}{file['id']}/process/", {"action": "reimport"}).status_code == 202
    again = at_rest(alice_api, file["id"])
    assert (again["status"], again["stale"]) == ("FINALIZED", False)
    assert [(used["rate"], used["origin"]) for used in again["exchange_rates"]] == [(GIVEN, "given")]
    assert_summary_is(alice_api, {**files, "ARS": ("pesos.csv", believe("ARS"))})


def assert_summary_is(api: APIClient, files: dict[str, tuple[str, str]]) -> None:
    expected = in_euros(files)
    found = summary(api)
    assert (found["currency"], found["files"]) == ("EUR", len(files))
    assert Decimal(found["total_gross_exact"]) == sum(expected.values())
    by_dsp = summary(api, by="dsp")["results"]
    assert {row["name"]: Decimal(row["revenue"]) for row in by_dsp} == expected
