from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.models import BatchItem
from fetcher.services import batches
from fetcher.services.leases import Stopped, take
from fetcher.services.sweeping import sweep
from salesfiles.models import SalesFile
from tests.fetcher.drive_stand_in import Drive
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
