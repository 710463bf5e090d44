"""A part that is down is said, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.config import glider_config
from oas.kernel.documents import Documents
from oas.kernel.storage import Storage
from salesfiles.models import SalesFile
from salesfiles.services import files, processing, purging, sweeping, uploads
from tests.salesfiles.glider_stand_in import finalized_file, job_of, uploaded_file


@pytest.fixture
def no_documents() -> Documents:
    """MongoDB where nobody listens."""
    address = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    return Documents(glider_config().model_copy(update={"mongo_url": type(glider_config().mongo_url)(address)}))


@pytest.fixture
def no_storage() -> Storage:
    """S3 where nobody listens."""
    return Storage(glider_config().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))


def clean(api: APIClient, file: SalesFile) -> Any:
    return api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "clean"})


def part_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["part"]


def test_without_s3_the_file_stays_where_it_is(
    alice_api: APIClient, organisation: Organisation, no_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded_file(organisation)
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "storage", lambda: no_storage)
        assert part_of(clean(alice_api, file)) == (503, "s3")
    file.refresh_from_db()
    assert file.status == "UPLOADING"
    assert clean(alice_api, file).status_code == 202


def test_without_mongodb_the_upload_is_pinned_and_the_sweep_carries_on(
    alice_api: APIClient, organisation: Organisation, no_documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded_file(organisation)
    with monkeypatch.context() as patched:
        patched.setattr(processing, "documents", lambda: no_documents)
        assert part_of(clean(alice_api, file)) == (503, "mongodb")
    file.refresh_from_db()
    assert (file.status, bool(file.raw_etag)) == ("UPLOADED", True)
    SalesFile.everything.filter(pk=file.pk).update(updated_at=file.updated_at - timedelta(hours=1))
    sweeping.sweep()
    assert job_of(file).module == "cleaning"


def test_without_s3_a_deleted_file_is_erased_later(
    organisation: Organisation, no_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:

    file = finalized_file(organisation)
    files.delete_file(file=file)
    with monkeypatch.context() as patched:
        patched.setattr(purging, "storage", lambda: no_storage)
        sweeping.sweep()
    assert SalesFile.everything.filter(pk=file.pk).exists()
    sweeping.sweep()
    assert not SalesFile.everything.filter(pk=file.pk).exists()
