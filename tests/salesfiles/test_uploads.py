"""Links for the content, and the checks of what arrived."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.documents import documents, file_id
from oas.kernel.storage import ObjectAbsent, Storage, storage
from salesfiles.models import SalesFile
from salesfiles.services import uploads
from salesfiles.services.files import delete_file
from salesfiles.services.uploads import LEAST_PART
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    failed_file,
    finalized_file,
    finish,
    job_of,
    new_content,
    new_file,
    put,
    uploaded_file,
)


def process(api: APIClient, file: SalesFile, action: str, **fields: Any) -> Any:
    return api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": action, **fields})


def error_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["errors"][0]
    return found


# --- links ---


def test_upload_hands_out_a_link_and_moves_to_uploading(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, content=b"a" * 11)
    answer = process(alice_api, file, "upload")
    assert answer.status_code == 202
    body = answer.json()
    assert (body["id"], body["status"], body["upload"]) == (file.pk, "UPLOADING", None)
    assert "X-Amz-Expires=900" in body["presigned_url"]
    assert put(body["presigned_url"], b"a" * 11) == 200
    file.refresh_from_db()
    assert file.raw_key == f"organisation={organisation.pk}/raw/{file.uuid}/sales.csv"
    assert storage().head(file.raw_key).size == 11


def test_a_second_link_is_no_change(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    process(alice_api, file, "upload")
    answer = process(alice_api, file, "upload")
    assert answer.status_code == 202
    assert file.history.count() == 1


def test_a_key_never_follows_a_file_name_out_of_its_folder(organisation: Organisation, alice_api: APIClient) -> None:
    file = new_file(organisation, filename="../../etc/passwd")
    process(alice_api, file, "upload")
    file.refresh_from_db()
    assert file.raw_key == f"organisation={organisation.pk}/raw/{file.uuid}/passwd"
    assert file.filename == "../../etc/passwd"


def test_a_link_for_a_size_that_can_only_be_bytes_takes_no_other(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = new_file(organisation, filesize=13)
    url = process(alice_api, file, "upload").json()["presigned_url"]
    assert put(url, b"a" * 14) >= 400
    with pytest.raises(ObjectAbsent):
        storage().head(SalesFile.everything.get(pk=file.pk).raw_key)
    assert put(url, b"a" * 13) == 200


def test_a_link_is_bound_to_the_length_that_is_given(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, filesize=80)
    url = process(alice_api, file, "upload", content_length=10).json()["presigned_url"]
    assert put(url, b"a" * 80) >= 400
    assert put(url, b"a" * 10) == 200


def test_a_length_that_the_declared_size_cannot_be_is_refused(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, filesize=80)
    answer = process(alice_api, file, "upload", content_length=11)
    assert answer.status_code == 400
    assert error_of(answer)["attr"] == "content_length"
    file.refresh_from_db()
    assert file.status == "INITIALIZED"


# --- what arrived ---


@pytest.mark.parametrize("size", [16, 128])
def test_the_declared_size_may_be_bytes_or_bits(alice_api: APIClient, organisation: Organisation, size: int) -> None:
    file = new_file(organisation, filesize=128)
    put(process(alice_api, file, "upload").json()["presigned_url"], new_content()[:16].ljust(size, b"x"))
    answer = process(alice_api, file, "clean")
    assert (answer.status_code, answer.json()["status"]) == (202, "CLEANING")
    file.refresh_from_db()
    assert file.raw_size == size


@pytest.mark.parametrize("size", [0, 15, 17, 127])
def test_a_short_upload_is_refused_with_both_sizes(alice_api: APIClient, organisation: Organisation, size: int) -> None:
    file = new_file(organisation, filesize=128)
    put(process(alice_api, file, "upload").json()["presigned_url"], b"a" * size)
    answer = process(alice_api, file, "clean")
    assert answer.status_code == 409
    error = error_of(answer)
    assert (error["code"], error["declared"], error["found"]) == ("upload_incomplete", 128, size)
    file.refresh_from_db()
    assert file.status == "UPLOADING"
    assert storage().head(file.raw_key).size == size


def test_a_long_upload_is_deleted_and_can_be_made_again(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, filesize=64)
    url = process(alice_api, file, "upload").json()["presigned_url"]
    put(url, b"a" * 65)
    error = error_of(process(alice_api, file, "clean"))
    assert (error["code"], error["declared"], error["found"]) == ("upload_incomplete", 64, 65)
    file.refresh_from_db()
    with pytest.raises(ObjectAbsent):
        storage().head(file.raw_key)
    put(url, new_content()[:64].ljust(64, b"x"))
    assert process(alice_api, file, "clean").status_code == 202


def test_an_upload_that_was_never_made_is_refused(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    process(alice_api, file, "upload")
    answer = process(alice_api, file, "clean")
    assert (answer.status_code, error_of(answer)["code"]) == (409, "upload_missing")
    file.refresh_from_db()
    assert file.status == "UPLOADING"


def test_cleaning_pins_the_object_and_saves_the_first_information(
    alice_api: APIClient, organisation: Organisation
) -> None:
    content = new_content()
    file = uploaded_file(organisation, content=content, reporting_period="2025-01")
    assert process(alice_api, file, "clean").json()["status"] == "CLEANING"
    file.refresh_from_db()
    assert (file.raw_etag, file.raw_size) == (hashlib.md5(content).hexdigest(), len(content))
    found = documents().get("files", file_id(organisation.pk, file.mongo_db_id))
    assert found
    assert (found["file"], found["etag"], found["key"]) == (file.pk, file.raw_etag, file.raw_key)
    assert [change.to_status for change in file.history.all()] == ["UPLOADING", "UPLOADED", "CLEANING"]
    assert {change.actor for change in file.history.all()[1:]} == {"alice"}


def test_without_s3_the_file_stays_where_it_is(
    alice_api: APIClient, organisation: Organisation, no_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uploaded_file(organisation)
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "storage", lambda: no_storage)
        answer = process(alice_api, file, "clean")
        assert (answer.status_code, error_of(answer)["part"]) == (503, "s3")
    file.refresh_from_db()
    assert file.status == "UPLOADING"
    assert process(alice_api, file, "clean").status_code == 202


# --- the same content twice ---


def test_the_same_content_is_refused_and_the_first_named(alice_api: APIClient, organisation: Organisation) -> None:
    content = new_content()
    first = cleaning_file(organisation, content=content, filename="first.csv")
    second = uploaded_file(organisation, content=content)
    answer = process(alice_api, second, "clean")
    assert answer.status_code == 409
    error = error_of(answer)
    assert (error["code"], error["first"]) == ("duplicate_file", {"id": first.pk, "filename": "first.csv"})
    second.refresh_from_db()
    assert second.status == "UPLOADING"


def test_the_same_content_is_taken_when_the_first_failed(alice_api: APIClient, organisation: Organisation) -> None:
    content = new_content()
    failed_file(organisation, content=content)
    assert process(alice_api, uploaded_file(organisation, content=content), "clean").status_code == 202


def test_the_same_content_is_taken_when_the_first_was_deleted(alice_api: APIClient, organisation: Organisation) -> None:
    content = new_content()
    delete_file(file=finalized_file(organisation, content=content))
    assert process(alice_api, uploaded_file(organisation, content=content), "clean").status_code == 202


def test_the_same_content_is_taken_in_another_organisation(
    charlie_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    content = new_content()
    cleaning_file(organisation, content=content)
    assert process(charlie_api, uploaded_file(other_organisation, content=content), "clean").status_code == 202


def test_live_content_stays_taken_when_its_reimport_fails(alice_api: APIClient, organisation: Organisation) -> None:
    content = new_content()
    first = finalized_file(organisation, content=content)
    process(alice_api, first, "reimport")
    finish(job_of(first), failed(job_of(first)))
    answer = process(alice_api, uploaded_file(organisation, content=content), "clean")
    assert error_of(answer)["code"] == "duplicate_file"


# --- again after a failure ---


def test_a_failed_file_is_uploaded_under_a_new_key(alice_api: APIClient, organisation: Organisation) -> None:
    file = failed_file(organisation)
    old_key = file.raw_key
    content = new_content()
    answer = process(alice_api, file, "upload")
    assert answer.json()["status"] == "UPLOADING"
    file.refresh_from_db()
    assert (file.revision, file.raw_etag, file.sha256) == (2, "", "")
    assert file.raw_key != old_key
    assert put(answer.json()["presigned_url"], content) == 200
    assert process(alice_api, file, "clean").json()["status"] == "CLEANING"


# --- in parts ---


def parts_of(api: APIClient, file: SalesFile, count: int) -> Any:
    return process(api, file, "upload", parts=count).json()["upload"]


def test_an_upload_in_parts_is_joined_in_order(alice_api: APIClient, organisation: Organisation) -> None:
    content = b"a" * (5 * 1024 * 1024) + b"tail"
    file = new_file(organisation, content=content)
    upload = parts_of(alice_api, file, 2)
    assert [part["number"] for part in upload["parts"]] == [1, 2]
    assert put(upload["parts"][1]["url"], content[-4:]) == 200
    assert put(upload["parts"][0]["url"], content[:-4]) == 200
    answer = process(alice_api, file, "complete")
    assert (answer.status_code, answer.json()["status"]) == (202, "UPLOADING")
    file.refresh_from_db()
    assert storage().head(file.raw_key).size == len(content)
    assert hashlib.sha256(storage().get_bytes(file.raw_key)).digest() == hashlib.sha256(content).digest()
    assert process(alice_api, file, "clean").json()["status"] == "CLEANING"


def test_parts_that_were_never_sent_cannot_be_joined(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation, filesize=LEAST_PART + 1)
    parts_of(alice_api, file, 2)
    answer = process(alice_api, file, "complete")
    assert (answer.status_code, error_of(answer)["code"]) == (409, "upload_incomplete")


def test_an_aborted_upload_can_be_begun_again(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    upload = parts_of(alice_api, file, 1)
    assert process(alice_api, file, "abort").status_code == 202
    assert httpx.put(upload["parts"][0]["url"], content=b"late").status_code >= 400
    assert process(alice_api, file, "abort").status_code == 409
    assert parts_of(alice_api, file, 1)["upload_id"] != upload["upload_id"]


def test_complete_without_parts_is_no_action(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    process(alice_api, file, "upload")
    answer = process(alice_api, file, "complete")
    assert answer.status_code == 409
    assert error_of(answer)["actions"] == ["upload", "clean", "import"]


@pytest.mark.parametrize("parts", [0, 10_001])
def test_the_number_of_parts_has_bounds(alice_api: APIClient, organisation: Organisation, parts: int) -> None:
    assert process(alice_api, new_file(organisation), "upload", parts=parts).status_code == 400


@pytest.mark.parametrize(("size", "most"), [(1, 1), (LEAST_PART, 1), (LEAST_PART + 1, 2), (2 * LEAST_PART + 1, 3)])
def test_the_number_of_parts_follows_from_the_size(
    alice_api: APIClient, organisation: Organisation, size: int, most: int
) -> None:
    file = new_file(organisation, filesize=size)
    refused = process(alice_api, file, "upload", parts=most + 1)
    text = f"A file of size {size} has at most {most} parts: each but the last has at least 5 MiB."
    assert (refused.status_code, error_of(refused)["attr"], error_of(refused)["detail"]) == (400, "parts", text)
    file.refresh_from_db()
    assert file.status == "INITIALIZED"
    assert len(parts_of(alice_api, file, most)["parts"]) == most
