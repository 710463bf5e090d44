"""Create a sales file, change its details, delete it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organisation
from oas.api.refusals import BadValue, StaleVersion
from oas.kernel.config import config
from oas.kernel.documents import documents, file_id
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile
from salesfiles.services import files
from salesfiles.services.files import Details, change_details, delete_file
from salesfiles.services.purging import purge_file
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed_file,
    finalized_file,
    job_of,
    new_file,
    processed_file,
    uploaded_file,
)

MONGO_ID = "64f0c2a1b7e89d0012ab34cd"
GIVEN: dict[str, Any] = {"filename": "sales.csv", "filetype": "CSV", "filesize": 100, "mongo_db_id": MONGO_ID}


def reasons(organisation: Organisation, **fields: Any) -> tuple[str, str]:
    """The field and the code of the refusal."""
    with pytest.raises(BadValue) as refused:
        files.create_file(organisation=organisation, **(GIVEN | fields))
    return refused.value.attr, refused.value.code


# --- creating ---


def test_a_new_file_is_initialized(organisation: Organisation) -> None:
    file = files.create_file(organisation=organisation, **GIVEN)
    file.refresh_from_db()
    assert (file.status, file.revision, file.live_revision, file.version) == ("INITIALIZED", 1, None, 1)
    assert (file.filename, file.mongo_db_id, file.organisation) == ("sales.csv", MONGO_ID, organisation)


def test_a_size_over_the_limit_is_refused(organisation: Organisation) -> None:
    odd = config().max_upload_bytes + 1
    assert odd % 8 == 1  # it can only be bytes
    assert reasons(organisation, filesize=odd) == ("filesize", "too_large")
    assert reasons(organisation, filesize=8 * odd) == ("filesize", "too_large")
    assert not SalesFile.objects.of(organisation).exists()


def test_a_size_that_fits_only_in_bits_is_taken(organisation: Organisation) -> None:
    bits = 8 * config().max_upload_bytes
    assert files.create_file(organisation=organisation, **(GIVEN | {"filesize": bits})).filesize == bits


def test_a_mongo_db_id_in_use_is_refused(organisation: Organisation, other_organisation: Organisation) -> None:
    files.create_file(organisation=organisation, **GIVEN)
    assert reasons(organisation) == ("mongo_db_id", "unique")
    assert files.create_file(organisation=other_organisation, **GIVEN).mongo_db_id == MONGO_ID


def test_a_taken_uuid_is_tried_again(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"])
    monkeypatch.setattr(files, "new_uuid", lambda: next(drawn))
    fields = GIVEN | {"mongo_db_id": "0" * 24}
    assert files.create_file(organisation=organisation, **GIVEN).uuid == "aaaaaaaa"
    assert files.create_file(organisation=organisation, **fields).uuid == "bbbbbbbb"


# --- changing details ---


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


# --- deleting ---


@pytest.mark.parametrize("make", [new_file, uploaded_file, failed_file, processed_file, finalized_file])
def test_a_deleted_file_is_found_nowhere_at_once(organisation: Organisation, make: Callable[..., SalesFile]) -> None:
    file = make(organisation)
    files.delete_file(file=file)
    assert not SalesFile.objects.of(organisation).exists()
    row = SalesFile.everything.get(pk=file.pk)
    assert (row.deleted_at is not None, row.claim) == (True, None)


def test_the_id_of_a_deleted_file_can_be_used_at_once(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    again = cleaning_file(organisation, mongo_db_id=file.mongo_db_id)
    purge_file(file.pk)
    found = documents().get("files", file_id(organisation.pk, file.mongo_db_id))
    assert found
    assert found["uuid"] == again.uuid


def test_a_file_that_is_being_processed_is_not_deleted(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    with pytest.raises(InvalidTransition):
        delete_file(file=file)
    assert SalesFile.objects.of(organisation).get() == file


def test_deleting_cancels_the_jobs_that_are_still_open(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    SalesFile.everything.filter(pk=file.pk).update(status="UPLOADED")
    file.refresh_from_db()
    files.delete_file(file=file)
    job.refresh_from_db()
    assert job.state == "CANCELLED"
