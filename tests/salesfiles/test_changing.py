from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.api.refusals import StaleVersion
from salesfiles.models import SalesFile
from salesfiles.services.files import Details, change_details
from tests.salesfiles.glider_stand_in import cleaning_file, failed_file, finalized_file, new_file, processed_file


def address(file: SalesFile) -> str:
    return f"/api/files/salesfiles/{file.pk}/"


def change(api: APIClient, file: SalesFile, etag: str | None = None, **fields: Any) -> Any:
    headers: dict[str, Any] = {"HTTP_IF_MATCH": etag} if etag else {}
    return api.patch(address(file), fields, **headers)


def test_period_and_rate_are_changed(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    answer = change(alice_api, file, reporting_period="2025-02", exchange_rate="1.25")
    assert answer.status_code == 200
    assert (answer.json()["reporting_period"], answer.json()["exchange_rate"]) == ("2025-02", "1.25")
    file.refresh_from_db()
    assert (file.reporting_period, file.exchange_rate) == ("2025-02", Decimal("1.25"))


def test_a_rate_can_be_taken_back(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, exchange_rate=Decimal(2))
    assert change(alice_api, file, exchange_rate=None).json()["exchange_rate"] == "1"


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


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_to_one_version_one_is_made(organisation: Organisation) -> None:
    file = new_file(organisation)
    barrier = Barrier(2)

    def call(details: Details) -> bool:
        mine = SalesFile.objects.of(organisation).get(pk=file.pk)
        barrier.wait(timeout=10)
        try:
            change_details(file=mine, details=details, version=1)
        except StaleVersion:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(call, {"reporting_period": period}) for period in ("2025-01", "2025-02")]
        made = [future.result(timeout=30) for future in calls]
    assert sorted(made) == [False, True]
    file.refresh_from_db()
    assert file.version == 2


@pytest.mark.django_db(transaction=True)
def test_changes_that_name_no_version_are_both_made(organisation: Organisation) -> None:
    file = new_file(organisation)
    stale = SalesFile.objects.of(organisation).get(pk=file.pk)
    change_details(file=file, details={"reporting_period": "2025-01"})
    change_details(file=stale, details={"exchange_rate": Decimal(2)})
    file.refresh_from_db()
    assert (file.reporting_period, file.exchange_rate, file.version) == ("2025-01", 2, 3)
