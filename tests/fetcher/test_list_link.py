from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.services.batches import retry, start
from oas.kernel.config import config
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
    zipped,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_folder_without_files_fails_the_batch(organisation: Organisation, drive: Drive, worker: Worker) -> None:
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


def test_answers_that_make_no_sense_fail_the_batch(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"))
    drive.fail("get", id, "garbage", times=100)
    batch = start(organisation=organisation, url=file_link(id))
    from fetcher.services.sweeping import sweep

    for _ in range(config().job_attempts):
        worker.run(glider=False)
        sweep()
    batch.refresh_from_db()
    assert (batch.status, batch.cause) == ("FAILED", "unreachable")


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
