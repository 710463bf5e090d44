"""What comes by a link and was not declared, or comes too late, is removed within minutes, counted and said."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation
from accounts.quotas import bytes_today
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.models import SalesFile
from salesfiles.services.open_links import look_at, with_open_links
from salesfiles.services.processing import process
from salesfiles.services.sweeping import sweep_files
from salesfiles.services.uploads import LEAST_PART, hand_out_parts
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import finalized_file, new_content, new_file, put

pytestmark = pytest.mark.django_db


def uploading(organisation: Organisation, filesize: int, content: bytes) -> SalesFile:
    file = new_file(organisation, filesize=filesize)
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert url
    assert put(url, content) == 200
    return file


def let_links_expire(file: SalesFile) -> None:
    SalesFile.everything.filter(pk=file.pk).update(link_until=timezone.now() - timedelta(seconds=1))


def is_there(key: str) -> bool:
    try:
        storage().head(key)
    except ObjectAbsent:
        return False
    return True


def test_an_upload_larger_than_either_reading_of_its_size_is_removed_and_said(
    alice_api: APIClient, organisation: Organisation
) -> None:
    """Eight may be bytes or bits, so that S3 is told no length."""
    file = uploading(organisation, 8, b"x" * 1_000_000)
    counted = bytes_today(organisation)
    sweep_files()
    assert not is_there(file.raw_key)
    shown = alice_api.get(f"/api/files/salesfiles/{file.pk}/").json()
    assert (shown["status"], shown["status_cause"]) == ("UPLOADING", "too_large")
    assert "Declared were 8 or 1 bytes, found were 1000000. It was deleted" in shown["error_message"]
    assert bytes_today(organisation) == counted + 1_000_000


@pytest.mark.parametrize("size", [16, 128])
def test_both_readings_of_a_size_stay_possible(organisation: Organisation, size: int) -> None:
    file = uploading(organisation, 128, new_content()[:16].ljust(size, b"x"))
    sweep_files()
    process(file=file, action=Action.CLEAN)
    assert (file.status, file.raw_size) == ("CLEANING", size)


def test_a_new_link_forgets_what_was_wrong(organisation: Organisation) -> None:
    file = uploading(organisation, 8, b"x" * 100)
    sweep_files()
    file.refresh_from_db()
    assert file.status_cause == "too_large"
    process(file=file, action=Action.UPLOAD)
    assert (file.status_cause, file.error_message) == ("", "")


def test_parts_that_come_to_more_than_was_declared_are_removed(organisation: Organisation) -> None:
    file = new_file(organisation, filesize=LEAST_PART + 8)
    multipart = hand_out_parts(file=file, parts=2)
    for url in multipart.urls:
        assert httpx.put(url, content=b"x" * (LEAST_PART + 8)).status_code == 200
    sweep_files()
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.upload_id) == ("UPLOADING", "too_large", "")
    assert storage().parts_size(file.raw_key, multipart.upload_id) == 0


def test_what_comes_after_the_check_is_removed_when_the_link_has_expired(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    late = object_keys.raw(organisation.pk, file.uuid, file.filename)
    storage().put_bytes(late, b"x" * 5000)
    counted = bytes_today(organisation)
    sweep_files()
    assert is_there(late)  # its link may still bring content, so a look would come too early
    let_links_expire(file)
    sweep_files()
    assert (is_there(late), is_there(file.raw_key)) == (False, True)
    assert bytes_today(organisation) == counted + 5000
    assert not with_open_links().filter(pk=file.pk).exists()


def test_nothing_is_removed_while_an_upload_waits_to_be_copied(organisation: Organisation) -> None:
    """Another process may be at the copy, which no row names yet."""
    file = uploading(organisation, 128, b"x" * 128)
    copy = object_keys.pinned(organisation.pk, file.uuid, file.filename, 1, uuid4())
    storage().put_bytes(copy, b"x" * 128)
    let_links_expire(file)
    look_at(SalesFile.everything.get(pk=file.pk))
    assert (is_there(copy), is_there(file.raw_key)) == (True, True)


def test_a_link_that_is_handed_out_meanwhile_is_looked_at_later(organisation: Organisation) -> None:
    file = uploading(organisation, 128, b"x" * 128)
    let_links_expire(file)
    read = SalesFile.everything.get(pk=file.pk)
    process(file=file, action=Action.UPLOAD)
    look_at(read)
    assert SalesFile.everything.get(pk=file.pk).link_until is not None
