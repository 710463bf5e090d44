"""What the routes of sales files take, refuse by name, and ignore."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import (
    new_file,
)

ROUTE = "/api/files/salesfiles/"
MONGO_ID = "64f0c2a1b7e89d0012ab34cd"
GIVEN: dict[str, Any] = {"filename": "sales.csv", "filetype": "CSV", "filesize": 100, "mongo_db_id": MONGO_ID}


def create(api: APIClient, **fields: Any) -> Any:
    return api.post(ROUTE, GIVEN | fields)


def change(api: APIClient, file: SalesFile, **fields: Any) -> Any:
    return api.patch(f"/api/files/salesfiles/{file.pk}/", fields)


# --- create ---


def test_form_data_is_taken_as_well(alice_api: APIClient) -> None:
    answer = alice_api.post(ROUTE, GIVEN | {"exchange_rate": "0.92"}, format="multipart")
    assert answer.status_code == 201
    assert answer.json()["exchange_rate"] == "0.92"


def test_what_processing_fills_in_is_ignored(alice_api: APIClient, organisation: Organisation) -> None:
    answer = create(alice_api, status="FINALIZED", total_local="99", total_rows=7, uuid="ffffffff", revision=9, id=5)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["total_local"], body["total_rows"], body["revision"]) == ("INITIALIZED", None, None, 1)
    assert body["uuid"] != "ffffffff"


@pytest.mark.parametrize("name", ["csv", "Txt", "tsv", "xls", "XLSX", "gz", "zip"])
def test_the_filetype_may_be_in_either_case(alice_api: APIClient, name: str) -> None:
    assert create(alice_api, filetype=name).json()["filetype"] == name.upper()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("filetype", "PDF", "invalid_choice"),
        ("filetype", "", "invalid_choice"),
        ("filename", "", "blank"),
        ("filename", "a" * 256, "max_length"),
        ("filename", "a\x00b", "null_characters_not_allowed"),
        ("filesize", 0, "min_value"),
        ("filesize", -8, "min_value"),
        ("filesize", "many", "invalid"),
        ("filesize", 2**63, "max_value"),
        ("filesize", 10**15 + 1, "too_large"),
        ("mongo_db_id", "64f0c2a1b7e89d0012ab34c", "invalid"),
        ("mongo_db_id", "z" * 24, "invalid"),
        ("reporting_period", "2025-13", "invalid"),
        ("reporting_period", "January", "invalid"),
        ("upload_mode", "BY_HAND", "invalid_choice"),
        ("exchange_rate", "0", "min_value"),
        ("exchange_rate", "-1", "min_value"),
        ("exchange_rate", "NaN", "invalid"),
        ("exchange_rate", "1e10", "max_value"),
        ("exchange_rate", "0.1234567890123456789", "max_decimal_places"),
    ],
)
def test_a_bad_value_is_refused_by_name(
    alice_api: APIClient, organisation: Organisation, field: str, value: object, code: str
) -> None:
    answer = create(alice_api, **{field: value})
    assert answer.status_code == 400
    assert [(error["attr"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert not SalesFile.objects.of(organisation).exists()


@pytest.mark.parametrize("field", ["filename", "filetype", "filesize", "mongo_db_id"])
def test_a_missing_field_is_named(alice_api: APIClient, field: str) -> None:
    answer = alice_api.post(ROUTE, {name: value for name, value in GIVEN.items() if name != field})
    assert answer.status_code == 400
    assert [(error["attr"], error["code"]) for error in answer.json()["errors"]] == [(field, "required")]


def test_an_id_in_use_is_refused(alice_api: APIClient, bob_api: APIClient) -> None:
    assert create(alice_api).status_code == 201
    answer = create(bob_api, mongo_db_id=MONGO_ID.upper())
    assert answer.status_code == 400
    assert answer.json()["errors"][0] | {"detail": ""} == {"code": "unique", "detail": "", "attr": "mongo_db_id"}


# --- change ---


def test_a_small_rate_is_kept_to_the_last_digit(alice_api: APIClient, organisation: Organisation) -> None:
    answer = change(alice_api, new_file(organisation), exchange_rate="123456.123456789012345678")
    assert answer.json()["exchange_rate"] == "123456.123456789012345678"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "FINALIZED"),
        ("organisation", 99),
        ("total_local", "1000"),
        ("filename", "other.csv"),
        ("filesize", 1),
        ("revision", 9),
        ("raw_key", "elsewhere"),
        ("claim", "x"),
    ],
)
def test_what_may_not_be_changed_is_ignored(
    alice_api: APIClient, organisation: Organisation, field: str, value: Any
) -> None:
    file = new_file(organisation)
    before = SalesFile.everything.filter(pk=file.pk).values().get()
    assert change(alice_api, file, **{field: value}).status_code == 200
    assert SalesFile.everything.filter(pk=file.pk).values().get() == before


def test_a_bad_value_changes_nothing(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    assert change(alice_api, file, reporting_period="2025-00", exchange_rate="2").status_code == 400
    file.refresh_from_db()
    assert (file.exchange_rate, file.version) == (None, 1)


# --- process ---


@pytest.mark.parametrize("body", [{}, {"action": ""}, {"action": "explode"}, {"action": ["clean"]}, []])
def test_an_action_that_is_none_is_400(alice_api: APIClient, organisation: Organisation, body: Any) -> None:
    file = new_file(organisation)
    assert alice_api.post(f"/api/files/salesfiles/{file.pk}/process/", body).status_code == 400


def test_the_action_may_come_as_form_data(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    answer = alice_api.post(
        f"/api/files/salesfiles/{file.pk}/process/", {"id": file.pk, "action": "upload"}, format="multipart"
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "UPLOADING")
