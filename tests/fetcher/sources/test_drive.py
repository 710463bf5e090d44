"""Files and folders of Google Drive, through Google's own client, from a server that answers as Google does."""

from __future__ import annotations

import io
import secrets
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from accounts.models import Organisation
from fetcher.models import Batch
from fetcher.services.batches import retry, start
from fetcher.sources.content import CHUNK
from oas.kernel.config import config
from oas.kernel.storage import storage
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, counts, csv, files_of, items_of, objects, total, uploads

pytestmark = pytest.mark.django_db(transaction=True)


def folder_link(id: str) -> str:
    return f"https://drive.google.com/drive/folders/{id}?usp=sharing"


def file_link(id: str) -> str:
    return f"https://drive.google.com/file/d/{id}/view?usp=sharing"


def fetched(organisation: Organisation, worker: Worker, url: str, *, glider: bool = False) -> Batch:
    batch = start(organisation=organisation, url=url, actor="alice")
    worker.run(glider=glider)
    batch.refresh_from_db()
    return batch


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def workbook(content: bytes) -> bytes:
    book = openpyxl.Workbook()
    for line in content.decode().splitlines():
        book.worksheets[0].append(line.split("\t"))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_single_file_goes_all_the_way(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    batch = fetched(organisation, worker, file_link(drive.file("july.tsv", csv("1.50", "2.25"))), glider=True)
    (file,) = files_of(batch)
    assert (file.status, file.total_local, file.filename) == ("FINALIZED", Decimal("3.75"), "july.tsv")
    assert items_of(batch) == {"july.tsv": ("FINALIZED", "")}


def test_a_folder_is_walked_to_its_last_file(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    """Sub-folders, pages, a shortcut to a file and one to a folder above, zips, a native Sheet, and what is none."""
    drive.most_per_page = 2
    root = drive.folder("Label")
    deep = drive.folder("2025", drive.folder("Spotify", root))
    expected = Decimal(0)
    for number in range(5):
        drive.file(f"plain {number}.tsv", csv(f"1.{number}"), root)
        drive.file(f"deep {number}.tsv", csv(f"2.{number}"), deep)
        expected += Decimal(f"1.{number}") + Decimal(f"2.{number}")
    drive.shortcut("to a file", drive.file("aim.tsv", csv("3.1"), "elsewhere"), root)
    drive.shortcut("to the top", root, deep)
    packed = zipped(a_dot_tsv=csv("4.1"), b__c_dot_tsv=csv("4.2"), cover_dot_png=b"x", inner_dot_zip=zipped(a=b"1"))
    drive.file("both.zip", packed, deep, mime="application/zip")
    drive.sheet("native", workbook(csv("5.1")), root)
    drive.document("notes", root)
    drive.file("cover.png", b"picture", root, mime="image/png")
    drive.file("empty.csv", b"", root)
    drive.file("copy.tsv", csv("1.0"), root)
    drive.shortcut("to nowhere", drive.file("private.csv", b"a", "elsewhere", shared=False), root)
    expected += Decimal("3.1") + Decimal("4.1") + Decimal("4.2") + Decimal("5.1")
    batch = fetched(organisation, worker, folder_link(root), glider=True)
    found = items_of(batch)
    bad = {path: reason for path, (status, reason) in found.items() if status != "FINALIZED"}
    copies = {path for path, reason in bad.items() if reason == "duplicate"}
    assert len(copies) == 1
    assert copies < {"copy.tsv", "plain 0.tsv"}
    assert {path: reason for path, reason in bad.items() if path not in copies} == {
        "Spotify/2025/both.zip": "",
        "Spotify/2025/both.zip/cover.png": "unsupported_type",
        "Spotify/2025/both.zip/inner.zip": "nested_archive",
        "notes": "unsupported_type",
        "cover.png": "unsupported_type",
        "empty.csv": "empty",
        "to nowhere": "not_shared",
    }
    assert {"aim.tsv", "native.xlsx", "Spotify/2025/both.zip/b/c.tsv"} <= set(found)
    assert total(batch) == expected
    assert (batch.status, counts(batch).percent, uploads(organisation.pk)) == ("DONE", 100, 0)


def test_the_same_folder_again_takes_only_what_is_new_or_changed(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    root = drive.folder("Label")
    drive.file("old.tsv", csv("1.00"), root)
    changed = drive.file("changed.tsv", csv("2.00"), root)
    fetched(organisation, worker, folder_link(root))
    drive.change(changed, csv("2.50"))
    drive.file("new.tsv", csv("3.00"), root)
    again = fetched(organisation, worker, folder_link(root))
    assert items_of(again) == {
        "old.tsv": ("DISCARDED", "duplicate"),
        "changed.tsv": ("CLEANING", ""),
        "new.tsv": ("CLEANING", ""),
    }
    assert len(objects(organisation.pk)) == 4


def test_what_was_deleted_is_taken_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    from salesfiles.services.files import delete_file

    url = file_link(drive.file("july.tsv", csv("1.00")))
    (file,) = files_of(fetched(organisation, worker, url, glider=True))
    delete_file(file=file)
    assert len(files_of(fetched(organisation, worker, url))) == 1


def test_two_batches_with_the_same_folder_take_each_file_once(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    root = drive.folder("Label")
    ids = [drive.file(f"{number}.tsv", csv(f"1.{number}"), root) for number in range(4)]
    batches = [start(organisation=organisation, url=folder_link(root)) for _ in range(2)]
    worker.run(glider=False)
    assert sorted(len(files_of(batch)) for batch in batches) in ([0, 4], [1, 3], [2, 2])
    assert len(objects(organisation.pk)) == 4
    assert [len(drive.ranges(id)) for id in ids] == [1] * 4
    assert {reason for batch in batches for status, reason in items_of(batch).values() if status == "DISCARDED"} == {
        "duplicate"
    }


@pytest.mark.parametrize("fault", ["rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503", "cut"])
def test_what_passes_is_tried_again(organisation: Organisation, drive: Drive, worker: Worker, fault: str) -> None:
    id = drive.file("july.tsv", csv("1.00"))
    drive.fail("media", id, fault, times=3)
    if fault != "cut":
        drive.fail("get", id, fault, times=3)
    batch = fetched(organisation, worker, file_link(id))
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("downloadQuotaExceeded", "FAILED", "quota"),
        ("cannotDownloadFile", "DISCARDED", "not_downloadable"),
        ("cannotDownloadAbusiveFile", "DISCARDED", "flagged"),
        ("insufficientFilePermissions", "DISCARDED", "not_shared"),
        ("html", "DISCARDED", "web_page"),
    ],
)
def test_what_google_refuses_is_said_in_a_word(
    organisation: Organisation, drive: Drive, worker: Worker, fault: str, status: str, reason: str
) -> None:
    root = drive.folder("Label")
    id = drive.file("bad.tsv", csv("1.00"), root)
    drive.file("good.tsv", csv("2.00"), root)
    drive.fail("media", id, fault, times=100)
    batch = fetched(organisation, worker, folder_link(root))
    assert items_of(batch) == {"bad.tsv": (status, reason), "good.tsv": ("CLEANING", "")}
    assert (batch.status, len(objects(organisation.pk))) == ("DONE", 1)


def test_a_wrong_checksum_is_noticed(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"), md5="0" * 32)
    batch = fetched(organisation, worker, file_link(id))
    assert items_of(batch) == {"july.tsv": ("FAILED", "checksum")}
    assert len(drive.ranges(id)) == config().job_attempts
    assert (files_of(batch), objects(organisation.pk)) == ([], [])


@pytest.mark.parametrize("fault", ["keyInvalid", "accessNotConfigured"])
def test_a_key_that_google_does_not_take(organisation: Organisation, drive: Drive, worker: Worker, fault: str) -> None:
    id = drive.file("july.tsv", csv("1.00"))
    drive.fail("get", id, fault, times=100)
    batch = fetched(organisation, worker, file_link(id))
    assert (batch.status, batch.cause) == ("FAILED", "google_not_set_up")


def test_a_private_or_deleted_link_fails_and_may_be_tried_again(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    id = drive.file("july.tsv", csv("1.00"), shared=False)
    batch = fetched(organisation, worker, file_link(id))
    assert (batch.status, batch.cause) == ("FAILED", "not_shared")
    drive.entries[id].shared = True
    retry(batch=batch)
    worker.run(glider=False)
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}


def test_a_folder_without_files(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    root = drive.folder("Label")
    drive.folder("nothing", root)
    batch = fetched(organisation, worker, folder_link(root))
    assert (batch.status, batch.cause) == ("FAILED", "no_files")


@pytest.mark.parametrize("mime", ["application/zip", "application/octet-stream"])
def test_a_link_to_a_zip_is_refused_with_the_rule(
    organisation: Organisation, drive: Drive, worker: Worker, mime: str
) -> None:
    batch = fetched(organisation, worker, file_link(drive.file("all.zip", zipped(a=b"1"), mime=mime)))
    assert (batch.status, batch.cause) == ("FAILED", "zip_link")
    assert "must not lead to a zip file" in batch.message


def test_answers_that_make_no_sense(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"))
    drive.fail("get", id, "garbage", times=100)
    batch = start(organisation=organisation, url=file_link(id))
    from fetcher.services.sweeping import sweep

    for _ in range(config().job_attempts):
        worker.run(glider=False)
        sweep()
    batch.refresh_from_db()
    assert (batch.status, batch.cause) == ("FAILED", "unreachable")


def test_a_resource_key_is_sent_along(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"), resource_key="0-abc")
    assert fetched(organisation, worker, file_link(id)).cause == "not_shared"
    batch = fetched(organisation, worker, file_link(id) + "&resourcekey=0-abc")
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}


def test_a_service_account_does_as_well(
    organisation: Organisation, drive: Drive, worker: Worker, service_account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_GOOGLE_CREDENTIALS_FILE", str(service_account))
    monkeypatch.setenv("OAS_GOOGLE_API_KEY", "")
    config.cache_clear()
    drive.key = "not this one"
    batch = fetched(organisation, worker, file_link(drive.file("july.tsv", csv("1.00"))))
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}


def test_a_large_file_comes_in_chunks_and_goes_on_where_it_was_cut(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    content = secrets.token_bytes(2 * CHUNK + 5)
    id = drive.file("large.csv", content)
    batch = start(organisation=organisation, url=file_link(id))
    drive.fail("media", id, "cut")
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert storage().get_bytes(file.raw_key) == content
    first = f"bytes=0-{CHUNK - 1}"
    assert drive.ranges(id) == [first, first, f"bytes={CHUNK}-{2 * CHUNK - 1}", f"bytes={2 * CHUNK}-{3 * CHUNK - 1}"]
    assert uploads(organisation.pk) == 0


def test_ten_thousand_files_are_listed_and_one_more_is_too_many(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    root = drive.folder("Label")
    for number in range(10_000):
        drive.file(f"{number}.pdf", b"x", root)
    batch = fetched(organisation, worker, folder_link(root))
    assert (batch.status, counts(batch).files, counts(batch).discarded) == ("DONE", 10_000, 10_000)
    assert [what for what, *_ in drive.asked].count("list") == 10
    drive.file("one more.pdf", b"x", root)
    batch = fetched(organisation, worker, folder_link(root))
    assert (batch.status, batch.cause, batch.items.count()) == ("FAILED", "too_many_files", 0)


def test_folders_too_deep_are_said_so(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    folder = root = drive.folder("Label")
    for number in range(config().link_depth + 1):
        folder = drive.folder(str(number), folder)
    drive.file("too deep.csv", b"x", folder)
    batch = fetched(organisation, worker, folder_link(root))
    assert [reason for _, reason in items_of(batch).values()] == ["too_deep"]


def test_a_zip_that_is_damaged_or_unpacks_to_too_much(
    organisation: Organisation, drive: Drive, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_MAX_UNPACKED_BYTES", "1000000")
    config.cache_clear()
    root = drive.folder("Label")
    drive.file("bomb.zip", zipped(big_dot_csv=b"0" * 2_000_000), root)
    drive.file("cut.zip", zipped(a_dot_csv=csv("1.00"))[:-30], root)
    drive.file("bare.zip", zipped(a_dot_csv=csv("2.00")).replace(b"a.csv", b"\0.csv"), root)
    drive.file("up.zip", zipped(**{"..__..__etc__passwd_dot_csv": csv("1.00")}), root)
    batch = fetched(organisation, worker, folder_link(root))
    assert items_of(batch) == {
        "bare.zip": ("UNPACKED", ""),
        "bare.zip/file": ("DISCARDED", "unsupported_type"),
        "bomb.zip": ("DISCARDED", "too_large"),
        "bomb.zip/big.csv": ("DISCARDED", "too_large"),
        "cut.zip": ("DISCARDED", "corrupt"),
        "up.zip": ("UNPACKED", ""),
        "up.zip/etc/passwd.csv": ("CLEANING", ""),
    }
    assert [key.rsplit("/", 1)[-1] for key in objects(organisation.pk)] == ["passwd.csv"]
