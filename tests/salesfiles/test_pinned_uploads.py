"""What was uploaded is copied where no link reaches it, before anything reads it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, Storage, storage
from salesfiles.choices import Task
from salesfiles.errors import LostRace, UploadIncomplete
from salesfiles.models import SalesFile
from salesfiles.services import pinned_uploads
from salesfiles.services.pinned_uploads import pin_upload, secure_upload
from salesfiles.services.processing import clean, clean_later, process, reimport
from salesfiles.services.uploads import begin_upload
from salesfiles.status import Action
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import finalized_file, job_of, new_content, new_file, put

pytestmark = pytest.mark.django_db(transaction=True)


def uploaded(organisation: Organisation, content: bytes) -> tuple[SalesFile, str]:
    """A file whose content was sent, and the link by which it was."""
    file = new_file(organisation, content=content)
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert url
    assert put(url, content) == 200
    return file, url


def objects(file: SalesFile) -> list[str]:
    return [item.key for item in storage().list(object_keys.raw_folder(file.organisation_id, file.uuid))]


def test_a_link_that_is_used_again_changes_nothing_that_is_read(organisation: Organisation) -> None:
    content = new_content()
    file, url = uploaded(organisation, content)
    process(file=file, action=Action.CLEAN)
    pinned = file.raw_key
    assert object_keys.is_pinned(pinned)
    assert objects(file) == [pinned]
    assert put(url, content[::-1]) == 200
    assert storage().get_bytes(pinned) == content
    assert job_of(file).message["raw_key"] == pinned


def test_a_finalized_file_can_be_imported_again_after_its_link_was_used_again(organisation: Organisation) -> None:
    """The overwritten object made every reimport end with `object_changed`."""
    file = finalized_file(organisation)
    link = storage().presigned_put(object_keys.raw(organisation.pk, file.uuid, file.filename))
    assert put(link, b"something else") == 200
    content = storage().get_bytes(file.raw_key)
    reimport(file=file)
    message = job_of(file).message
    assert storage().get_bytes(message["raw_key"]) == content
    assert storage().head(message["raw_key"]).etag == message["raw_etag"]


def test_of_attempts_at_the_same_time_one_pins_its_own_copy(organisation: Organisation) -> None:
    content = new_content()
    file, _ = uploaded(organisation, content)

    def attempt(_: int) -> str:
        try:
            own = SalesFile.everything.get(pk=file.pk)
            pin_upload(own)
        except (LostRace, UploadIncomplete) as refused:
            return refused.code
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "pinned"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert outcomes.count("pinned") == 1, outcomes
    file.refresh_from_db()
    assert (file.status, storage().get_bytes(file.raw_key)) == ("UPLOADED", content)
    assert storage().head(file.raw_key).etag == file.raw_etag


def test_a_process_that_dies_after_the_copy_has_pinned_nothing(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = new_content()
    file, _ = uploaded(organisation, content)
    with monkeypatch.context() as patch:
        patch.setattr(pinned_uploads, "_move_to_uploaded", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pin_upload(file)
    file.refresh_from_db()
    assert (file.status, len(objects(file))) == ("UPLOADING", 2)
    process(file=file, action=Action.CLEAN)
    assert (file.status, storage().get_bytes(file.raw_key)) == ("CLEANING", content)


def test_an_attempt_that_was_frozen_while_the_file_failed_and_began_again_pins_nothing(
    organisation: Organisation,
) -> None:
    """The status alone is the same again; the key is not."""
    content = new_content()
    frozen, _ = uploaded(organisation, content)
    now = SalesFile.everything.get(pk=frozen.pk)
    now.move_to("FAILED", cause="error")  # type: ignore[arg-type]
    process(file=now, action=Action.UPLOAD)
    with pytest.raises(LostRace):
        pin_upload(frozen)
    now.refresh_from_db()
    assert (now.status, now.raw_etag, now.revision) == ("UPLOADING", "", 2)


def test_an_object_that_is_replaced_while_it_is_copied_is_not_pinned(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = new_content()
    file, url = uploaded(organisation, content)
    copy = Storage.copy

    def swapping(self: Storage, source: str, key: str, **options: Any) -> None:
        copy(self, source, key, **options)
        put(url, content[::-1])

    monkeypatch.setattr(Storage, "copy", swapping)
    with pytest.raises(UploadIncomplete):
        pin_upload(file)
    file.refresh_from_db()
    assert (file.status, len(objects(file))) == ("UPLOADING", 1)


def test_a_large_upload_is_copied_by_a_task(
    alice_api: APIClient, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned_uploads, "AT_ONCE", 10)
    take_all("oas")
    content = new_content()
    file, _ = uploaded(organisation, content)
    answer = alice_api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "clean"})
    assert (answer.status_code, answer.json()["status"]) == (202, "UPLOADED")
    assert [(message["task"], message["argument"]) for message in messages("oas")] == [(Task.CLEAN, file.pk)]
    clean_later(file.pk)
    clean_later(file.pk)  # a message may come twice
    file.refresh_from_db()
    assert (file.status, file.jobs.count()) == ("CLEANING", 1)
    assert object_keys.is_pinned(file.raw_key)
    assert storage().get_bytes(file.raw_key) == content
    take_all("oas")


def test_a_large_upload_that_was_replaced_meanwhile_fails_with_its_cause(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned_uploads, "AT_ONCE", 10)
    content = new_content()
    file, url = uploaded(organisation, content)
    process(file=file, action=Action.CLEAN)
    assert file.status == "UPLOADED"
    put(url, content[::-1])
    clean_later(file.pk)
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FAILED", "object_changed")
    assert file.actions == [Action.UPLOAD]


def test_securing_twice_copies_once(organisation: Organisation) -> None:
    file, _ = uploaded(organisation, new_content())
    clean(file=file)
    key = file.raw_key
    secure_upload(file)
    assert file.raw_key == key


def test_what_oas_fetches_itself_lies_where_no_link_reaches_and_is_not_copied(organisation: Organisation) -> None:
    content = new_content()
    file = new_file(organisation, content=content)
    begin_upload(file)
    key = file.raw_key
    assert object_keys.is_pinned(key)
    storage().put_bytes(key, content)
    pin_upload(file)
    assert file.raw_key == key


def test_a_link_for_a_file_that_oas_fetches_leads_elsewhere(organisation: Organisation) -> None:
    content = new_content()
    file = new_file(organisation, content=content)
    begin_upload(file)
    fetcher = SalesFile.everything.get(pk=file.pk)
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert url
    assert fetcher.raw_key.rsplit("/", 2)[1] not in url
    storage().put_bytes(fetcher.raw_key, content)
    with pytest.raises(LostRace):
        pin_upload(fetcher)


def test_the_uploaded_object_is_gone_when_it_was_copied(organisation: Organisation) -> None:
    file, _ = uploaded(organisation, new_content())
    uploaded_key = file.raw_key
    process(file=file, action=Action.CLEAN)
    with pytest.raises(ObjectAbsent):
        storage().head(uploaded_key)
