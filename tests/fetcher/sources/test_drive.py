"""Files and folders of Google Drive, through Google's own client, from a server that answers as Google does."""

from __future__ import annotations

import secrets
from decimal import Decimal

import pytest

from accounts.models import Organisation
from fetcher.services.batches import start
from fetcher.sources.content import CHUNK
from oas.kernel.config import config
from oas.kernel.storage import storage
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import (
    Worker,
    counts,
    csv,
    fetched,
    file_link,
    files_of,
    folder_link,
    items_of,
    objects,
    total,
    uploads,
    workbook,
    zipped,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize("fault", ["rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503", "cut"])
def test_errors_that_may_pass_are_tried_again(
    organisation: Organisation, drive: Drive, worker: Worker, fault: str
) -> None:
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
def test_each_refusal_of_google_has_its_reason(
    organisation: Organisation, drive: Drive, worker: Worker, fault: str, status: str, reason: str
) -> None:
    root = drive.folder("Label")
    id = drive.file("bad.tsv", csv("1.00"), root)
    drive.file("good.tsv", csv("2.00"), root)
    drive.fail("media", id, fault, times=100)
    batch = fetched(organisation, worker, folder_link(root))
    assert items_of(batch) == {"bad.tsv": (status, reason), "good.tsv": ("CLEANING", "")}
    assert (batch.status, len(objects(organisation.pk))) == ("DONE", 1)


def test_a_resource_key_is_sent_along(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"), resource_key="0-abc")
    assert fetched(organisation, worker, file_link(id)).cause == "not_shared"
    batch = fetched(organisation, worker, file_link(id) + "&resourcekey=0-abc")
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


def test_a_folder_too_deep_is_discarded_with_its_reason(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    folder = root = drive.folder("Label")
    for number in range(config().link_depth + 1):
        folder = drive.folder(str(number), folder)
    drive.file("too deep.csv", b"x", folder)
    batch = fetched(organisation, worker, folder_link(root))
    assert [reason for _, reason in items_of(batch).values()] == ["too_deep"]
