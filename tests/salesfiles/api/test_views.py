"""The routes of sales files: answers, headers, ETag and If-Match."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed_file,
    finalized_file,
    new_file,
    processed_file,
)

ROUTE = "/api/files/salesfiles/"
MONGO_ID = "64f0c2a1b7e89d0012ab34cd"
GIVEN: dict[str, Any] = {"filename": "sales.csv", "filetype": "CSV", "filesize": 100, "mongo_db_id": MONGO_ID}


def create(api: APIClient, **fields: Any) -> Any:
    return api.post(ROUTE, GIVEN | fields)


def address(file: SalesFile) -> str:
    return f"/api/files/salesfiles/{file.pk}/"


def change(api: APIClient, file: SalesFile, etag: str | None = None, **fields: Any) -> Any:
    headers: dict[str, Any] = {"HTTP_IF_MATCH": etag} if etag else {}
    return api.patch(address(file), fields, **headers)


# --- create ---


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
        "exchange_rate": None,
        "exchange_rates": None,
        "layout": None,
        "decimal_mark": None,
        "day_first": None,
        "encoding": None,
        "total_rows": None,
        "total_artists": None,
        "total_local": None,
        "local_currency": "USD",
        "source_format": "",
        "currency": "",
        "revision": 1,
        "live_revision": None,
        "live_exchange_rates": None,
        "stale": False,
        "sha256": "",
        "accepted_rows": None,
        "rejected_rows": None,
        "skipped_rows": None,
        "progress": None,
        "actions": ["upload"],
        "warnings": [],
    }
    assert len(body["uuid"]) == 8


def test_the_same_id_in_another_organisation_is_another_file(alice_api: APIClient, charlie_api: APIClient) -> None:
    assert create(alice_api).status_code == 201
    assert create(charlie_api).status_code == 201


def test_the_organisation_may_be_named_when_it_is_the_active_one(
    alice_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    assert create(alice_api, organisation=organisation.pk).status_code == 201
    answer = create(alice_api, organisation=other_organisation.pk, mongo_db_id="0" * 24)
    assert answer.status_code == 404
    assert not SalesFile.objects.of(other_organisation).exists()
    assert SalesFile.objects.of(organisation).count() == 1


# --- read ---


def test_the_history_has_every_change(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    body = alice_api.get(f"{ROUTE}{file.pk}/history/").json()
    assert body["count"] == 7
    first, last = body["results"][0], body["results"][-1]
    assert (first["from_status"], first["to_status"], first["job"]) == ("INITIALIZED", "UPLOADING", None)
    assert (last["from_status"], last["to_status"], last["actor"]) == ("PROCESSED", "FINALIZED", "glider")


@pytest.mark.parametrize("path", ["", "{id}/", "{id}/history/", "{id}/rejects/", "{id}/snapshot/"])
def test_the_number_of_queries_does_not_grow_with_the_files(
    alice_api: APIClient,
    organisation: Organisation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    path: str,
) -> None:
    file = finalized_file(organisation)
    cleaning_file(organisation)
    for _ in range(8):
        new_file(organisation)
    address = ROUTE + path.format(id=file.pk)
    with django_assert_max_num_queries(5):  # two for who asks; the list counts as well
        assert alice_api.get(address).status_code == 200


# --- change ---


def test_period_and_rate_are_changed(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    answer = change(alice_api, file, reporting_period="2025-02", exchange_rate="1.25")
    assert answer.status_code == 200
    assert (answer.json()["reporting_period"], answer.json()["exchange_rate"]) == ("2025-02", "1.25")
    file.refresh_from_db()
    assert (file.reporting_period, file.exchange_rate) == ("2025-02", Decimal("1.25"))


def test_a_rate_can_be_taken_back(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, exchange_rate=Decimal(2))
    assert change(alice_api, file, exchange_rate=None).json()["exchange_rate"] is None


def test_while_it_is_processed_nothing_is_changed(alice_api: APIClient, organisation: Organisation) -> None:
    answer = change(alice_api, cleaning_file(organisation), exchange_rate="2")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize("make", [finalized_file, processed_file, failed_file])
def test_at_rest_it_can_be_changed_for_the_next_reimport(
    alice_api: APIClient, organisation: Organisation, make: Any
) -> None:
    assert change(alice_api, make(organisation), exchange_rate="2").status_code == 200


# --- ETag and If-Match ---


def test_the_etag_follows_the_file(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    first = alice_api.get(address(file))["ETag"]
    assert alice_api.get(address(file))["ETag"] == first
    second = change(alice_api, file, exchange_rate="2")["ETag"]
    assert second != first
    assert alice_api.get(address(file))["ETag"] == second


def test_a_change_to_the_version_that_was_read_is_made(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    etag = alice_api.get(address(file))["ETag"]
    assert change(alice_api, file, etag, exchange_rate="2").status_code == 200


@pytest.mark.parametrize("etag", ["*", '"0-0", {etag}'])
def test_any_of_several_versions_will_do(alice_api: APIClient, organisation: Organisation, etag: str) -> None:
    file = new_file(organisation)
    now = alice_api.get(address(file))["ETag"]
    assert change(alice_api, file, etag.format(etag=now), exchange_rate="2").status_code == 200


@pytest.mark.parametrize("etag", ['"0-1"', "W/{etag}", "nonsense", "{old}"])
def test_a_change_to_another_version_is_412(alice_api: APIClient, organisation: Organisation, etag: str) -> None:
    file = new_file(organisation)
    old = alice_api.get(address(file))["ETag"]
    now = change(alice_api, file, exchange_rate="2")["ETag"]
    answer = change(alice_api, file, etag.format(etag=now, old=old), exchange_rate="3")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (412, "precondition_failed")
    file.refresh_from_db()
    assert file.exchange_rate == 2


def test_only_the_version_that_was_read_is_deleted(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    old = alice_api.get(address(file))["ETag"]
    new = change(alice_api, file, exchange_rate="2")["ETag"]
    assert alice_api.delete(address(file), HTTP_IF_MATCH=old).status_code == 412
    assert alice_api.get(address(file)).status_code == 200
    assert alice_api.delete(address(file), HTTP_IF_MATCH=new).status_code == 204
    assert alice_api.get(address(file)).status_code == 404
