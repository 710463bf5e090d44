from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.models import Batch, BatchItem, BatchStatus, ItemStatus
from fetcher.services.progress import Counts, counts_of, is_over, shown_status
from fetcher.sources.links import Kind
from salesfiles.choices import UploadMode
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file
from salesfiles.status import Status


def sales_file(batch: Batch, name: str, status: Status, cause: str = "") -> SalesFile:
    file = create_file(
        organisation=batch.organisation,
        filename=name,
        filetype="CSV",
        filesize=10,
        mongo_db_id=f"{len(name):024x}",
        upload_mode=UploadMode.AUTOMATICALLY,
        batch=batch,
    )
    SalesFile.everything.filter(pk=file.pk).update(status=status, status_cause=cause)
    return file


@pytest.fixture
def batch(organisation: Organisation) -> Batch:
    return Batch.everything.create(organisation=organisation, kind=Kind.DRIVE, url="x", status=BatchStatus.DONE)


def add(batch: Batch, name: str, status: ItemStatus, file: SalesFile | None = None) -> None:
    BatchItem.everything.create(
        batch=batch, organisation=batch.organisation, key=name, name=name, path=name, status=status, sales_file=file,
        done_bytes=5,
    )  # fmt: skip


def test_items_are_counted_by_what_becomes_of_their_sales_files(batch: Batch) -> None:
    add(batch, "all.zip", ItemStatus.UNPACKED)
    add(batch, "a", ItemStatus.WAITING)
    add(batch, "b", ItemStatus.QUEUED)
    add(batch, "c", ItemStatus.DISCARDED)
    add(batch, "d", ItemStatus.FAILED)
    add(batch, "e", ItemStatus.FETCHED, sales_file(batch, "e.csv", Status.FINALIZED))
    add(batch, "f", ItemStatus.FETCHED, sales_file(batch, "ff.csv", Status.CLEANING))
    add(batch, "g", ItemStatus.FETCHED, sales_file(batch, "ggg.csv", Status.PROCESSED, "control_totals"))
    counts = counts_of([batch])[batch.pk]
    assert counts == Counts(
        files=7, waiting=1, fetching=1, processing=1, finalized=1, failed=2, discarded=1, bytes=40
    )  # fmt: skip
    assert (counts.done, counts.percent) == (4, 64)


@pytest.mark.parametrize(
    ("status", "processing", "shown", "over"),
    [
        (BatchStatus.LISTING, 0, "LISTING", False),
        (BatchStatus.DONE, 1, "PROCESSING", False),
        (BatchStatus.DONE, 0, "DONE", True),
        (BatchStatus.CANCELLED, 1, "CANCELLED", False),
        (BatchStatus.FAILED, 0, "FAILED", True),
    ],
)
def test_a_batch_is_processing_until_its_sales_files_are_through(
    status: BatchStatus, processing: int, shown: str, over: bool
) -> None:
    batch, counts = Batch(status=status), Counts(files=2, processing=processing)
    assert (shown_status(batch, counts), is_over(batch, counts)) == (shown, over)
