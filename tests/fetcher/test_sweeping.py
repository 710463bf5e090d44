from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Organisation
from fetcher.choices import Task
from fetcher.models import Batch
from fetcher.services import batches
from fetcher.services.leases import take
from fetcher.services.sweeping import sweep
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, file_link, items_of, let_run_out, listed
from tests.jobs.queues import broker_down

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_item_that_kills_every_worker_is_given_up(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    batch = listed(organisation, drive, worker, "1.00")
    for _ in range(config().job_attempts):
        assert take(batch.items.get().pk) is not None
        let_run_out(batch)
        sweep()
    worker.run()
    assert items_of(batch) == {"1.00.tsv": ("FAILED", "gave_up")}
    batch.refresh_from_db()
    assert batch.status == "DONE"


def test_messages_that_get_lost_are_sent_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    with broker_down():
        batch = batches.start(organisation=organisation, url=file_link(drive.file("july.tsv", csv("1.00"))))
    assert worker.waiting(Task.LIST) == 0
    Batch.everything.update(due_at=timezone.now())
    sweep()
    worker.run(glider=False)
    assert items_of(batch) == {"july.tsv": ("CLEANING", "")}
