from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Organisation
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, file_link, items_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("fault", ["keyInvalid", "accessNotConfigured"])
def test_a_key_that_google_refuses_fails_the_batch(
    organisation: Organisation, drive: Drive, worker: Worker, fault: str
) -> None:
    id = drive.file("july.tsv", csv("1.00"))
    drive.fail("get", id, fault, times=100)
    batch = fetched(organisation, worker, file_link(id))
    assert (batch.status, batch.cause) == ("FAILED", "google_not_set_up")


def test_a_service_account_is_used_instead_of_a_key(
    organisation: Organisation, drive: Drive, worker: Worker, service_account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_GOOGLE_CREDENTIALS_FILE", str(service_account))
    monkeypatch.setenv("OAS_GOOGLE_API_KEY", "")
    config.cache_clear()
    drive.key = "not this one"
    batch = fetched(organisation, worker, file_link(drive.file("july.tsv", csv("1.00"))))
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}
