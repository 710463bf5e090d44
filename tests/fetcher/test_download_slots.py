from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import BatchItem, BatchStatus, ItemStatus
from fetcher.services import download_slots
from fetcher.services.sweeping import sweep
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.making import batch_of, item_of
from tests.fetcher.playing import Worker, let_run_out, listed

pytestmark = pytest.mark.django_db(transaction=True)


def test_organisations_are_served_one_after_the_other(
    organisation: Organisation, other_organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    """One slot, a large folder and a small one that came later."""
    large = listed(organisation, drive, worker, *(f"{number}.50" for number in range(1, 7)))
    small = listed(other_organisation, drive, worker, "0.10", "0.20")
    let_run_out(large)
    let_run_out(small)
    order = []
    sweep()
    while taken := BatchItem.everything.filter(status=ItemStatus.QUEUED).select_related("batch").first():
        order.append(taken.batch_id)
        assert worker.step(glider=False)
        worker.forget_glider()
    assert len(order) == 8
    assert order[:4].count(small.pk) == 2


def test_no_more_are_fetched_at_the_same_time_than_there_are_slots(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    listed(organisation, drive, worker, "1.00", "2.00", "3.00")
    download_slots.dispatch()
    assert BatchItem.everything.filter(status=ItemStatus.QUEUED).count() == config().link_downloads == 1


# --- rows alone, without a worker ---


@pytest.fixture
def slots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Four slots; the items that were given to the broker."""
    sent: list[int] = []
    monkeypatch.setattr(download_slots, "config", lambda: config().model_copy(update={"link_downloads": 4}))
    monkeypatch.setattr(download_slots, "send_on_commit", lambda task, id: sent.append(id))
    return sent


def items(organisation: Organisation, count: int, **fields: Any) -> list[int]:
    batch = batch_of(organisation)
    return [item_of(batch, f"{number}.csv", **fields).pk for number in range(count)]


def test_one_organisation_gets_all_slots_but_one(
    organisation: Organisation, other_organisation: Organisation, slots: list[int]
) -> None:
    ours = items(organisation, 6)
    assert (download_slots.dispatch(), slots) == (3, ours[:3])
    theirs = items(other_organisation, 2)
    assert (download_slots.dispatch(), slots[3:]) == (1, theirs[:1])
    assert download_slots.dispatch() == 0


def test_a_member_takes_no_slot_and_is_not_given_out(organisation: Organisation, slots: list[int]) -> None:
    batch = batch_of(organisation)
    archive = item_of(batch, "all.zip", status=ItemStatus.FETCHING)
    for number in range(5):
        item_of(batch, f"{number}.csv", archive=archive, status=ItemStatus.FETCHING)
    item_of(batch, "waiting.csv", archive=archive)
    free = item_of(batch, "free.csv")
    assert (download_slots.dispatch(), slots) == (1, [free.pk])


def test_an_item_is_given_out_when_it_is_due_and_its_batch_is_fetched(
    organisation: Organisation, slots: list[int]
) -> None:
    now = timezone.now()
    item_of(batch_of(organisation), "later.csv", due_at=now + timedelta(minutes=1))
    item_of(batch_of(organisation, status=BatchStatus.LISTING), "listing.csv")
    item_of(batch_of(organisation, status=BatchStatus.CANCELLED), "cancelled.csv")
    due = item_of(batch_of(organisation), "due.csv", due_at=now)
    assert (download_slots.dispatch(), slots) == (1, [due.pk])
    due.refresh_from_db()
    assert due.due_at is not None
    assert (due.status, due.due_at > now + timedelta(seconds=50)) == (ItemStatus.QUEUED, True)


def test_batches_of_one_organisation_take_turns(organisation: Organisation, slots: list[int]) -> None:
    first, second = items(organisation, 3), items(organisation, 3)
    download_slots.dispatch()
    assert slots == [first[0], second[0], first[1]]


def test_a_batch_is_done_once_when_no_item_is_left(organisation: Organisation) -> None:
    batch = batch_of(organisation)
    open_item = item_of(batch, status=ItemStatus.QUEUED)
    item_of(batch, "other.csv", status=ItemStatus.DISCARDED)
    assert not download_slots.close(batch.pk)
    BatchItem.everything.filter(pk=open_item.pk).update(status=ItemStatus.FAILED)
    assert [download_slots.close(batch.pk), download_slots.close(batch.pk)] == [True, False]
    batch.refresh_from_db()
    assert (batch.status, batch.finished_at is not None) == (BatchStatus.DONE, True)
    cancelled = batch_of(organisation, status=BatchStatus.CANCELLED)
    assert not download_slots.close(cancelled.pk)
