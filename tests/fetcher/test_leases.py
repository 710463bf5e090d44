from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organisation
from fetcher.discard_reasons import Discard, Reason
from fetcher.models import OPEN_ITEMS, BatchItem, BatchStatus, ItemStatus
from fetcher.services import leases
from fetcher.services.leases import Lease, Stopped, delete_unfilled, is_gone, known_text, refuse_known, take
from oas.kernel.config import config
from salesfiles.models import SalesFile
from salesfiles.services.files import delete_file
from salesfiles.status import Status
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.making import batch_of, item_of
from tests.fetcher.playing import Worker, csv, fetched, file_link, files_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_deleted_is_taken_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    url = file_link(drive.file("july.tsv", csv("1.00")))
    (file,) = files_of(fetched(organisation, worker, url, glider=True))
    delete_file(file=file)
    assert len(files_of(fetched(organisation, worker, url))) == 1


# --- one lease, without a worker ---


def taken(item: BatchItem) -> Lease:
    lease = take(item.pk)
    assert lease is not None
    return lease


def stored(item: BatchItem) -> tuple[str, str, Any]:
    item.refresh_from_db()
    return item.status, item.reason, item.token


@pytest.mark.parametrize("status", [ItemStatus.WAITING, ItemStatus.QUEUED])
def test_a_free_item_is_taken_by_one_worker_and_counts_an_attempt(
    organisation: Organisation, status: ItemStatus
) -> None:
    item = item_of(batch_of(organisation), status=status, done_bytes=7)
    lease = taken(item)
    assert (lease.item.attempts, lease.item.done_bytes, lease.item.status) == (1, 0, ItemStatus.FETCHING)
    assert take(item.pk) is None


@pytest.mark.parametrize("status", [status for status in ItemStatus if status not in OPEN_ITEMS])
def test_an_item_that_has_ended_is_not_taken(organisation: Organisation, status: ItemStatus) -> None:
    assert take(item_of(batch_of(organisation), status=status).pk) is None


@pytest.mark.parametrize("status", [status for status in BatchStatus if status != BatchStatus.FETCHING])
def test_an_item_of_a_batch_that_is_not_fetched_is_not_taken(organisation: Organisation, status: BatchStatus) -> None:
    assert take(item_of(batch_of(organisation, status=status)).pk) is None


def test_a_member_is_not_taken_without_its_archive(organisation: Organisation) -> None:
    batch = batch_of(organisation)
    archive = item_of(batch, "all.zip", status=ItemStatus.FETCHING, due_at=timezone.now() + timedelta(hours=1))
    assert take(item_of(batch, "a.csv", archive=archive).pk) is None


def test_a_lease_that_ran_out_goes_to_the_next_and_the_first_worker_changes_nothing_more(
    organisation: Organisation,
) -> None:
    item = item_of(batch_of(organisation))
    slow = taken(item)
    BatchItem.everything.update(due_at=timezone.now())
    quick = taken(item)
    quick.beat(10)
    for late in (lambda: slow.beat(5), lambda: slow.end(ItemStatus.FETCHED), lambda: slow.sales_file(1), slow.claim):
        with pytest.raises(Stopped):
            late()
    item.refresh_from_db()
    assert (item.done_bytes, item.attempts, item.token, item.sales_file) == (10, 2, quick.token, None)


def test_waiting_for_bytes_renews_the_lease_now_and_then_only(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = item_of(batch_of(organisation))
    lease = taken(item)
    lease.beat(3)
    BatchItem.everything.update(due_at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        lease.look()
    assert len(captured) == 0
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.0)
    lease.look()
    item.refresh_from_db()
    assert item.done_bytes == 3
    assert item.due_at is not None
    assert item.due_at > timezone.now() + timedelta(seconds=config().lease_seconds)


def test_a_problem_that_passes_is_waited_for_longer_each_time_and_then_fails(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "config", lambda: config().model_copy(update={"job_attempts": 3, "link_backoff": 8.0}))
    item = item_of(batch_of(organisation), fingerprint="drive:1:a")
    waits = []
    for _ in range(2):
        lease = taken(item)
        lease.claim()
        lease.refuse(Discard(Reason.QUOTA))
        assert stored(item) == (ItemStatus.WAITING, "", None)
        assert item.due_at is not None
        waits.append(round((item.due_at - timezone.now()).total_seconds()))
    assert waits == [16, 32]
    assert (item.text, item.claim) == (str(Reason.QUOTA.label), "drive:1:a")
    taken(item).refuse(Discard(Reason.QUOTA, "x" * 600))
    assert stored(item) == (ItemStatus.FAILED, "quota", None)
    assert (item.text, item.claim, item.due_at) == ("x" * 500, None, None)


def test_a_problem_that_stays_ends_the_item_at_once_and_takes_its_empty_sales_file_along(
    organisation: Organisation,
) -> None:
    item = item_of(batch_of(organisation))
    lease = taken(item)
    file = lease.sales_file(10)
    lease.refuse(Discard(Reason.CORRUPT))
    assert stored(item) == (ItemStatus.DISCARDED, "corrupt", None)
    file.refresh_from_db()
    assert (item.sales_file, file.deleted_at is not None) == (None, True)


def test_an_item_has_one_sales_file_however_often_it_is_fetched(organisation: Organisation) -> None:
    item = item_of(batch_of(organisation), "july.csv")
    first = taken(item).sales_file(10)
    BatchItem.everything.update(due_at=timezone.now())
    again = taken(item)
    assert again.sales_file(99) == first
    assert (first.filename, first.filesize, first.batch) == ("july.csv", 10, item.batch)
    delete_file(file=first)
    with pytest.raises(Discard) as refused:
        again.sales_file(10)
    assert (refused.value.reason, SalesFile.everything.count()) == (Reason.DELETED, 1)


def test_the_same_content_is_claimed_by_one_item_of_an_organisation(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    first, second, theirs = (
        taken(item_of(batch_of(each), name, fingerprint="drive:1:a"))
        for each, name in ((organisation, "a.csv"), (organisation, "b.csv"), (other_organisation, "c.csv"))
    )
    first.claim()
    first.claim()
    theirs.claim()
    with pytest.raises(Discard) as refused:
        second.claim()
    expected = f"It was taken in before, or is being fetched, by batch {first.item.batch_id}."
    assert (refused.value.reason, refused.value.text) == (Reason.DUPLICATE, expected)


def test_items_without_a_fingerprint_claim_nothing(organisation: Organisation) -> None:
    batch = batch_of(organisation)
    for name in ("a.csv", "b.csv"):
        taken(item_of(batch, name)).claim()
    assert BatchItem.everything.filter(claim=None).count() == 2


def test_a_holder_whose_sales_file_was_deleted_lets_go(organisation: Organisation) -> None:
    holder = item_of(batch_of(organisation), fingerprint="drive:1:a")
    lease = taken(holder)
    lease.claim()
    file = lease.sales_file(10)
    lease.end(ItemStatus.FETCHED)
    holder.refresh_from_db()
    assert known_text(holder) == f"It was taken in before, as sales file {file.pk} (july.csv)."
    with pytest.raises(Discard):
        refuse_known(organisation.pk, "drive:1:a")
    delete_file(file=file)
    refuse_known(organisation.pk, "drive:1:a")
    holder.refresh_from_db()
    assert holder.claim is None


def test_an_archive_is_gone_with_the_last_sales_file_of_its_members(organisation: Organisation) -> None:
    batch = batch_of(organisation)
    archive = item_of(batch, "all.zip", status=ItemStatus.UNPACKED)
    files = []
    for name in ("a.csv", "b.csv"):
        lease = taken(item_of(batch, name))
        files.append(lease.sales_file(1))
        lease.end(ItemStatus.FETCHED)
    batch.items.exclude(pk=archive.pk).update(archive=archive)
    item_of(batch, "cover.png", archive=archive, status=ItemStatus.DISCARDED)
    found = [is_gone(archive)]
    for file in files:
        delete_file(file=file)
        found.append(is_gone(archive))
    assert found == [False, False, True]


def test_a_sales_file_that_a_user_has_begun_to_process_stays(organisation: Organisation) -> None:
    file = taken(item_of(batch_of(organisation))).sales_file(10)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.CLEANING)
    file.refresh_from_db()
    delete_unfilled(file)
    delete_unfilled(None)
    assert SalesFile.everything.filter(pk=file.pk, deleted_at=None).exists()
