from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.models import BatchItem, ItemStatus
from fetcher.services import download_slots
from fetcher.services.sweeping import sweep
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
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
