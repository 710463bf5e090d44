"""What the sender of a file reads over HTTP: why it failed, which line shows it, and what to look at."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.glider.driving import BELIEVE, DISTROKID_2025, distrokid
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import run_job
from tests.upkeep.garbage import gc

BAD = distrokid(
    "2025-07|Spotify|Song One|QZAAA2500001||3|much",
    "2025-07|Spotify|Song Two|QZAAA2500002||3|more",
    "2025-07|Spotify|Song Three|QZAAA2500003||x|0.5",
)
LINE = "2026-03-25,2026-03-25,2026-02,Spotify,Ночной Поезд,Рассвет,QZAAA2600001,,10,100,Song,US,0,0.5,"
CP1251 = f"{DISTROKID_2025}\r\n{LINE}\r\n"


def sent(organisation: Organisation, content: bytes, name: str = "sales.tsv") -> SalesFile:
    file = cleaning_file(organisation, content=content, filename=name, exchange_rate=Decimal(1))
    while file.status in ("CLEANING", "PROCESSING"):
        run_job(file)
    finalise(file.pk)
    file.refresh_from_db()
    return file


def shown(api: APIClient, file: SalesFile, path: str = "") -> Any:
    return api.get(f"/api/files/salesfiles/{file.pk}/{path}")


def rejected(api: APIClient, file: SalesFile) -> list[dict[str, str]]:
    link = shown(api, file, "rejects/")
    assert link.status_code == 200, link.content
    text = gzip.decompress(httpx.get(link.json()["url"]).content).decode()
    return list(csv.DictReader(io.StringIO(text)))


# --- why it failed ---


def test_a_file_without_a_good_line_names_column_cell_line_and_what_was_expected(
    alice_api: APIClient, organisation: Organisation
) -> None:
    body = shown(alice_api, sent(organisation, BAD.encode())).json()
    assert (body["status"], body["status_cause"]) == ("FAILED", "no_valid_rows")
    assert body["error_message"] == (
        "Not one line could be taken. Reasons: bad_net (2), bad_quantity (1). For example line 2 has 'much' in the "
        "column 'Earnings (USD)'; expected was an amount in the notation of the column, such as 1234.56."
    )
    assert (body["accepted_rows"], body["rejected_rows"], body["skipped_rows"]) == (0, 3, 0)


def test_the_rejected_lines_of_a_file_without_a_good_one_are_there_as_long_as_its_revision(
    alice_api: APIClient, charlie_api: APIClient, organisation: Organisation
) -> None:
    file = sent(organisation, BAD.encode())
    lines = rejected(alice_api, file)
    found = [(each["line"], each["reason"]) for each in lines]
    assert found == [("2", "bad_net"), ("3", "bad_net"), ("4", "bad_quantity")]
    assert "Song Two" in lines[1]["text"]
    assert shown(charlie_api, file, "rejects/").status_code == 404
    key = file.rejects_key
    assert key not in gc()
    assert storage().head(key).size > 0
    alice_api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "reimport"})
    file.refresh_from_db()
    assert (file.status, file.rejects_key) == ("CLEANING", "")
    run_job(file)
    assert file.rejects_key not in ("", key)
    assert len(rejected(alice_api, file)) == 3


def test_a_file_of_which_a_line_is_missing_names_nothing_but_its_form(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = sent(organisation, f"{DISTROKID_2025}\n2026-03-25,too,few\n".encode(), "sales.csv")
    assert file.status_cause == "no_valid_rows"
    assert "For example line 2; expected was as many cells as the header has" in file.error_message


@pytest.mark.parametrize(
    ("content", "cause", "words"),
    [
        (b"Day,Who,To us\n1,2,3\n", "unknown_layout", ("in line 1: 'Day', 'Who', 'To us'", "columns are mapped")),
        (
            b"Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\n",
            "unknown_layout",
            ("Nearest layout: DistroKid", "columns are mapped"),
        ),
    ],
    ids=["far from all", "near to one"],
)
def test_an_unknown_file_is_told_its_columns_and_the_nearest_layout_only_if_that_is_near(
    alice_api: APIClient, organisation: Organisation, content: bytes, cause: str, words: tuple[str, ...]
) -> None:
    body = shown(alice_api, sent(organisation, content)).json()
    assert body["status_cause"] == cause
    for each in words:
        assert each in body["error_message"]
    assert ("Nearest layout" in body["error_message"]) == any("Nearest" in each for each in words)


# --- what to look at ---


def test_warnings_are_in_the_file_and_in_its_snapshot(alice_api: APIClient, organisation: Organisation) -> None:
    file = sent(organisation, CP1251.encode("cp1251"), "sales.csv")
    warning = "The file does not say its encoding; it was read as cp1251: 'Ночной Поезд' and 'Рассвет'."
    assert file.status == "FINALIZED", file.error_message
    assert warning in shown(alice_api, file).json()["warnings"]
    streamed = shown(alice_api, file, "snapshot/?only=byArtist")
    assert warning in json.loads(b"".join(streamed.streaming_content))["warnings"]
    assert "warnings" not in alice_api.get("/api/files/salesfiles/").json()["results"][0]


def test_a_file_without_warnings_says_so(alice_api: APIClient, organisation: Organisation) -> None:
    file = sent(organisation, distrokid("2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5").encode())
    assert shown(alice_api, file).json()["warnings"] == []


def test_a_file_in_several_currencies_names_a_line_of_each(alice_api: APIClient, organisation: Organisation) -> None:
    believe = (
        "2026/05/01;2026/03/01;Spotify;Germany;L;A;R;T;3617380567893;DEA1D2600001;AA-01;Premium;Music Release;Stream;"
        "10;{currency};0,0031;0;0,3720;0,85;0,5"
    )
    lines = [BELIEVE, believe.format(currency="EUR"), believe.format(currency="EUR"), believe.format(currency="ARS")]
    file = sent(organisation, "\n".join(lines).encode(), "sales.csv")
    assert (file.status, file.status_cause) == ("FAILED", "several_currencies")
    column = "in the column 'Client Payment Currency'"
    assert f"ARS (line 4 has 'ARS' {column}), EUR (line 2 has 'EUR' {column})" in file.error_message
