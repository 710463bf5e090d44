"""Promise 13: the server chooses the key, the link takes what was declared, and Glider reads what was checked."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.storage import ObjectChanged, storage
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import job_of, new_content, new_file, put, uploaded_file

LIST = "/api/files/salesfiles/"


def process(api: APIClient, file: SalesFile, action: str) -> tuple[int, dict[str, object]]:
    answer = api.post(f"{LIST}{file.pk}/process/", {"action": action})
    return answer.status_code, answer.json()


def code_of(body: dict[str, object]) -> str:
    errors = body["errors"]
    assert isinstance(errors, list)
    return str(errors[0]["code"])


def test_two_gigabytes_declared_and_ten_bytes_sent(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, filesize=2 * 1024**3)
    _, body = process(alice_api, file, "upload")
    put(str(body["presigned_url"]), b"0123456789")
    status, refused = process(alice_api, file, "clean")
    assert (status, code_of(refused)) in ((409, "upload_incomplete"), (409, "upload_missing"))
    file.refresh_from_db()
    assert (file.status, file.jobs.count()) == ("UPLOADING", 0)


def test_a_file_without_content_is_not_cleaned(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    process(alice_api, file, "upload")
    status, body = process(alice_api, file, "clean")
    assert (status, code_of(body)) == (409, "upload_missing")


def test_an_object_swapped_after_the_check_is_not_read(
    alice_api: APIClient, organisation: Organisation, tmp_path: Path
) -> None:
    """The link works for 15 minutes, so the object may change; what Glider reads is pinned by its ETag."""
    content = new_content()
    file = uploaded_file(organisation, content=content)
    assert process(alice_api, file, "clean")[0] == 202
    job = job_of(file)
    storage().client.put_object(Bucket=storage().bucket, Key=file.raw_key, Body=content[::-1])
    with pytest.raises(ObjectChanged):
        storage().download(file.raw_key, tmp_path / "raw", etag=job.message["raw_etag"])


def test_a_key_that_is_guessed_opens_nothing(organisation: Organisation) -> None:
    """Keys are not secret: without a signature, or with one of another key, the store refuses."""
    file = uploaded_file(organisation)
    link = storage().presigned_get(file.raw_key, expires=60)
    bare, _, query = link.partition("?")
    assert httpx.get(link).status_code == 200
    assert httpx.get(bare).status_code in (400, 401, 403)
    other = bare.replace(file.uuid, "00000000")
    assert httpx.get(f"{other}?{query}").status_code in (400, 401, 403)
    assert httpx.put(link, content=b"mine").status_code >= 400


def test_a_key_of_s3_is_never_taken_from_the_client(alice_api: APIClient, other_organisation: Organisation) -> None:
    given = {"filename": f"../organisation={other_organisation.pk}/raw/x", "filetype": "CSV", "filesize": 1}
    file = alice_api.post(LIST, given | {"mongo_db_id": "0" * 24, "raw_key": "x", "uuid": "ffffffff"}).json()
    link = alice_api.post(f"{LIST}{file['id']}/process/", {"action": "upload"}).json()["presigned_url"]
    assert file["uuid"] != "ffffffff"
    assert f"organisation%3D{other_organisation.pk}/" not in link.partition("?")[0].replace("=", "%3D")
