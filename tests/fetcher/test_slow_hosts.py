"""Hosts that send slowly: one that drips is given up, an honest one is waited for, and nobody else waits for either."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import Batch, BatchItem
from fetcher.services import batches, leases
from fetcher.services.fetch_item import fetch
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, files_of, items_of, objects, uploads
from tests.fetcher.slow_host import SlowHost, slow_host

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 10.0  # seconds, of every wait at most


@pytest.fixture
def settings_of(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(host: SlowHost, **settings: object) -> None:
        monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", host.place)
        for name, value in settings.items():
            monkeypatch.setenv(f"OAS_{name.upper()}", str(value))
        config.cache_clear()

    return change


def listed(organisation: Organisation, worker: Worker, host: SlowHost) -> BatchItem:
    """The item of a batch that was listed and given to a worker, whose message is lost."""
    batch = batches.start(organisation=organisation, url=host.url)
    assert worker.step()
    worker.forget()
    return batch.items.get()


def begin(item: BatchItem) -> threading.Thread:
    """Fetch `item` in a thread, as a worker does."""

    def work() -> None:
        try:
            fetch(item.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.05)
    return False


def test_a_link_that_drips_is_given_up(
    organisation: Organisation, settings_of: Callable[..., None], worker: Worker
) -> None:
    with slow_host(csv("1.00"), pause=0.2) as host:
        settings_of(host, link_least_speed=1000, link_speed_window=1)
        item = listed(organisation, worker, host)
        began = time.monotonic()
        fetch(item.pk)
        assert time.monotonic() - began < WAIT
        assert items_of(item.batch) == {"file": ("DISCARDED", "too_slow")}
        assert host.asked == 1
    assert (files_of(item.batch), objects(organisation.pk), uploads(organisation.pk)) == ([], [], 0)
    assert Batch.everything.get(pk=item.batch_id).status == "DONE"


def test_all_attempts_at_one_file_have_one_limit(
    organisation: Organisation, settings_of: Callable[..., None], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetcher.sources.content.most_seconds", lambda: 1.0)
    with slow_host(csv("1.00"), pause=0.05) as host:
        settings_of(host, link_least_speed=0)
        item = listed(organisation, worker, host)
        began = time.monotonic()
        fetch(item.pk)
        assert time.monotonic() - began < WAIT
    assert items_of(item.batch) == {"file": ("DISCARDED", "too_slow")}


def test_cancelling_closes_the_connection_of_a_silent_host(
    organisation: Organisation, settings_of: Callable[..., None], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.1)
    with slow_host(csv("1.00") * 200, piece=5000, held=5000) as host:
        settings_of(host, link_least_speed=0)
        item = listed(organisation, worker, host)
        thread = begin(item)
        assert host.sent.wait(WAIT)
        batches.cancel(batch=item.batch)
        assert host.gone.wait(WAIT)
        thread.join(WAIT)
        assert not thread.is_alive()
    assert items_of(item.batch) == {next(iter(items_of(item.batch))): ("CANCELLED", "cancelled")}
    assert (objects(organisation.pk), uploads(organisation.pk)) == ([], 0)


def test_the_lease_of_a_slow_download_is_renewed_while_it_waits(
    organisation: Organisation, settings_of: Callable[..., None], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LOOK_EVERY", 0.1)
    content = csv("1.00", *(f"0.{number:04}" for number in range(200)))
    with slow_host(content, piece=5000, held=5000) as host:
        settings_of(host, link_least_speed=0)
        item = listed(organisation, worker, host)
        thread = begin(item)
        assert host.sent.wait(WAIT)
        soon = timezone.now() + timedelta(seconds=2)
        assert BatchItem.everything.filter(pk=item.pk, status="FETCHING").update(due_at=soon) == 1
        # Not one more byte has come: only the waiting itself can have renewed it.
        assert until(lambda: BatchItem.everything.filter(pk=item.pk, due_at__gt=soon).exists())
        host.go_on.set()
        thread.join(WAIT)
    (file,) = files_of(item.batch)
    assert (file.status, file.raw_size) == ("CLEANING", len(content))
    assert BatchItem.everything.get(pk=item.pk).attempts == 1


def test_one_organisation_does_not_get_the_last_slot(
    organisation: Organisation, other_organisation: Organisation, settings_of: Callable[..., None], worker: Worker
) -> None:
    with slow_host(b"x") as host:
        settings_of(host, link_downloads=3)
        for _ in range(4):
            batches.start(organisation=organisation, url=host.url)
        assert [worker.step(glider=False) for _ in range(4)] == [True] * 4
        taken = BatchItem.everything.filter(status="QUEUED")
        assert list(taken.values_list("organisation", flat=True)) == [organisation.pk] * 2
        worker.forget()
        batches.start(organisation=other_organisation, url=host.url)
        assert worker.step(glider=False)
        assert sorted(taken.values_list("organisation", flat=True)) == sorted(
            [organisation.pk] * 2 + [other_organisation.pk]
        )
