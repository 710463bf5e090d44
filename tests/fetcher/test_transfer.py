from __future__ import annotations

import hashlib

import pytest

from accounts.models import Organisation
from fetcher import transfer
from fetcher.discard_reasons import Discard
from fetcher.services.leases import Stopped
from fetcher.sources.content import Content
from fetcher.transfer import Check, Stored
from oas.kernel.config import config
from oas.kernel.storage import storage
from salesfiles.choices import UploadMode
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file
from salesfiles.services.uploads import begin_upload
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, file_link, files_of, items_of, objects

pytestmark = pytest.mark.django_db(transaction=True)
PART = 5 * 1024 * 1024  # bytes, the least that S3 takes as a part but the last


def test_a_wrong_checksum_is_noticed(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"), md5="0" * 32)
    batch = fetched(organisation, worker, file_link(id))
    assert items_of(batch) == {"july.tsv": ("FAILED", "checksum")}
    assert len(drive.ranges(id)) == config().job_attempts
    assert (files_of(batch), objects(organisation.pk)) == ([], [])


@pytest.mark.parametrize(
    ("size", "md5", "reason"),
    [
        (None, "", None),
        (3, hashlib.md5(b"abc").hexdigest(), None),
        (4, "", "checksum"),
        (3, "0" * 32, "checksum"),
    ],
)
def test_content_is_checked_against_what_the_source_states(size: int | None, md5: str, reason: str | None) -> None:
    check = Check(Content(iter(()), size=size, md5=md5))
    check.add(b"ab")
    check.add(b"c")
    if reason is None:
        check.end()
        assert check.stored == Stored(3, hashlib.sha256(b"abc").hexdigest())
    else:
        with pytest.raises(Discard) as refused:
            check.end()
        assert refused.value.reason == reason


def test_content_of_nothing_is_refused() -> None:
    with pytest.raises(Discard) as refused:
        Check(Content(iter(()))).end()
    assert refused.value.reason == "empty"


# --- content of several parts ---


@pytest.fixture
def uploading(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> SalesFile:
    """A sales file whose upload has begun, and parts of the smallest size that S3 takes."""
    monkeypatch.setattr(transfer, "CHUNK", PART)
    file = create_file(
        organisation=organisation, filename="a.csv", filetype="CSV", filesize=1, mongo_db_id="a" * 24,
        upload_mode=UploadMode.AUTOMATICALLY,
    )  # fmt: skip
    begin_upload(file)
    return file


def pieces(*sizes: int) -> Content:
    return Content(iter([b"x" * size for size in sizes]))


@pytest.mark.parametrize("sizes", [(PART,), (1, PART), (PART, PART), (2 * PART + 7,)])
def test_content_of_any_pieces_is_stored_whole(uploading: SalesFile, sizes: tuple[int, ...]) -> None:
    beats: list[int] = []
    whole = b"x" * sum(sizes)
    stored = transfer.store(uploading, pieces(*sizes), beats.append)
    assert stored == Stored(len(whole), hashlib.sha256(whole).hexdigest())
    assert storage().get_bytes(uploading.raw_key, most=len(whole)) == whole
    assert (beats[-1], beats == sorted(beats), uploading.upload_id) == (len(whole), True, "")


def test_a_transfer_that_is_stopped_leaves_neither_object_nor_parts(uploading: SalesFile) -> None:
    def lost(done: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        transfer.store(uploading, pieces(PART, PART, 1), lost)
    found = storage().client.list_multipart_uploads(Bucket=storage().bucket, Prefix=uploading.raw_key)
    assert (found.get("Uploads", []), list(storage().list(uploading.raw_key))) == ([], [])


def test_the_parts_of_a_worker_that_died_are_dropped_by_the_next(uploading: SalesFile) -> None:
    left = storage().start_multipart(uploading.raw_key)
    uploading.change(upload_id=left)
    transfer.store(uploading, pieces(3), lambda done: None)
    found = storage().client.list_multipart_uploads(Bucket=storage().bucket, Prefix=uploading.raw_key)
    assert (found.get("Uploads", []), uploading.upload_id) == ([], "")


def test_content_that_grows_beyond_the_limit_is_refused_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "config", lambda: config().model_copy(update={"max_upload_bytes": 3}))
    check = Check(pieces(1))
    check.add(b"abc")
    with pytest.raises(Discard) as refused:
        check.add(b"d")
    assert refused.value.reason == "too_large"
