from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.choices import Task
from fetcher.models import BatchItem, BatchStatus, ItemStatus
from fetcher.services import batches
from fetcher.services.leases import Stopped, take
from fetcher.services.sweeping import sweep
from salesfiles.models import SalesFile
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.making import batch_of, item_of
from tests.fetcher.playing import Worker, csv, files_of, folder_link, items_of, let_run_out, listed, objects

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cancelled_batch_fetches_no_more(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    batch = listed(organisation, drive, worker, "1.00", "2.00", "3.00")
    second = batch.items.order_by("pk")[1]
    let_run_out(batch)
    sweep()
    assert worker.step(glider=False)
    lease = take(second.pk)
    assert lease is not None
    lease.sales_file(10)
    batches.cancel(batch=batch)
    worker.run(glider=False)
    assert sorted(items_of(batch).values()) == [
        ("CANCELLED", "cancelled"),
        ("CANCELLED", "cancelled"),
        ("CLEANING", ""),
    ]
    assert (batch.status, len(files_of(batch)), len(objects(organisation.pk))) == ("CANCELLED", 1, 1)
    with pytest.raises(Stopped):
        lease.beat(1)
    with pytest.raises(batches.InvalidState):
        batches.cancel(batch=batch)


def test_what_was_cancelled_can_be_tried_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    batch = listed(organisation, drive, worker, "1.00", "2.00")
    batches.cancel(batch=batch)
    batches.retry(batch=batch)
    worker.run(glider=False)
    assert set(items_of(batch).values()) == {("CLEANING", "")}
    batch.refresh_from_db()
    assert batch.status == "DONE"


def test_only_retriable_items_are_tried_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    root = drive.folder("Label")
    drive.file("cover.png", b"x", root)
    drive.file("good.tsv", csv("1.00"), root)
    bad = drive.file("bad.tsv", csv("2.00"), root, md5="0" * 32)
    batch = batches.start(organisation=organisation, url=folder_link(root))
    worker.run(glider=False)
    assert items_of(batch)["bad.tsv"] == ("FAILED", "checksum")
    BatchItem.everything.filter(drive_id=bad).update(md5="")
    batches.retry(batch=batch)
    worker.run(glider=False)
    assert items_of(batch) == {
        "cover.png": ("DISCARDED", "unsupported_type"),
        "good.tsv": ("CLEANING", ""),
        "bad.tsv": ("CLEANING", ""),
    }
    with pytest.raises(batches.NothingToRetry):
        batches.retry(batch=batch)
    assert SalesFile.everything.filter(deleted_at=None).count() == 2


def test_a_batch_that_is_being_listed_is_not_retried(organisation: Organisation, worker: Worker) -> None:
    batch = batch_of(organisation, status=BatchStatus.LISTING)
    with pytest.raises(batches.InvalidState) as refused:
        batches.retry(batch=batch)
    assert refused.value.facts == {"status": BatchStatus.LISTING}
    assert worker.waiting(Task.LIST) == 0


@pytest.mark.parametrize("status", [BatchStatus.FAILED, BatchStatus.DONE])
def test_a_batch_without_items_is_listed_again_from_the_start(
    organisation: Organisation, worker: Worker, status: BatchStatus
) -> None:
    batch = batch_of(organisation, status=status, cause="not_shared", message="No.", attempts=3)
    again = batches.retry(batch=batch)
    assert (again.status, again.cause, again.message, again.attempts) == (BatchStatus.LISTING, "", "", 0)
    assert (again.finished_at, again.due_at is not None, worker.waiting(Task.LIST)) == (None, True, 1)


def test_a_link_to_a_zip_file_is_not_listed_again(organisation: Organisation, worker: Worker) -> None:
    batch = batch_of(organisation, status=BatchStatus.FAILED, cause="zip_link")
    with pytest.raises(batches.NothingToRetry, match="must not lead to a zip file"):
        batches.retry(batch=batch)
    batch.refresh_from_db()
    assert (batch.status, worker.waiting(Task.LIST)) == (BatchStatus.FAILED, 0)


def test_a_member_is_fetched_again_with_its_archive(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    batch = batch_of(organisation, status=BatchStatus.DONE)
    archive = item_of(batch, "all.zip", status=ItemStatus.UNPACKED, attempts=2)
    item_of(batch, "a.csv", archive=archive, status=ItemStatus.FETCHED)
    item_of(batch, "b.csv", archive=archive, status=ItemStatus.FAILED, reason="gave_up", attempts=2)
    item_of(batch, "c.csv", archive=archive, status=ItemStatus.DISCARDED, reason="empty")
    batches.retry(batch=batch)
    assert dict(batch.items.values_list("name", "status")) == {
        "all.zip": ItemStatus.QUEUED, "a.csv": ItemStatus.FETCHED, "b.csv": ItemStatus.WAITING,
        "c.csv": ItemStatus.DISCARDED,
    }  # fmt: skip
    assert set(batch.items.filter(name__in=["all.zip", "b.csv"]).values_list("attempts", "reason")) == {(0, "")}
    assert worker.waiting(Task.FETCH) == 1
