from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.services import files

ROUTE = "/api/files/salesfiles/"
MONGO_ID = "64f0c2a1b7e89d0012ab34cd"
GIVEN: dict[str, Any] = {"filename": "sales.csv", "filetype": "CSV", "filesize": 100, "mongo_db_id": MONGO_ID}


def create(api: APIClient, **fields: Any) -> Any:
    return api.post(ROUTE, GIVEN | fields)


def test_a_new_file_is_initialized_and_can_be_uploaded(alice_api: APIClient, organisation: Organisation) -> None:
    answer = create(alice_api)
    assert answer.status_code == 201
    body = answer.json()
    file = SalesFile.objects.of(organisation).get()
    assert answer["Location"].endswith(f"/api/files/salesfiles/{file.pk}/")
    assert body.pop("created_at")
    assert body.pop("updated_at")
    assert body == {
        **GIVEN,
        "id": file.pk,
        "uuid": file.uuid,
        "organisation": organisation.pk,
        "status": "INITIALIZED",
        "status_cause": "",
        "error_message": "",
        "reporting_period": "",
        "upload_mode": "MANUALLY",
        "response_module": "PENDING",
        "module_response": "",
        "exchange_rate": "1",
        "total_rows": None,
        "total_artists": None,
        "total_local": None,
        "source_format": "",
        "currency": "",
        "revision": 1,
        "sha256": "",
        "accepted_rows": None,
        "rejected_rows": None,
        "skipped_rows": None,
        "progress": None,
        "actions": ["upload"],
    }
    assert len(body["uuid"]) == 8


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


def test_the_same_id_in_another_organisation_is_another_file(alice_api: APIClient, charlie_api: APIClient) -> None:
    assert create(alice_api).status_code == 201
    assert create(charlie_api).status_code == 201


def test_the_organisation_may_be_said_when_it_is_the_active_one(
    alice_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    assert create(alice_api, organisation=organisation.pk).status_code == 201
    answer = create(alice_api, organisation=other_organisation.pk, mongo_db_id="0" * 24)
    assert answer.status_code == 404
    assert not SalesFile.objects.of(other_organisation).exists()
    assert SalesFile.objects.of(organisation).count() == 1


def test_a_taken_uuid_is_tried_again(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(files, "new_uuid", lambda: next(drawn))
    fields = GIVEN | {"mongo_db_id": "0" * 24}
    assert files.create_file(organisation=organisation, **GIVEN).uuid == "aaaaaaaa"
    assert files.create_file(organisation=organisation, **fields).uuid == "bbbbbbbb"
