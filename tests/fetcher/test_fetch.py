"""Workers that die, messages that get lost, batches that are cancelled and tried again: nothing is twice or missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation
from fetcher.choices import Task
from fetcher.models import Batch, BatchItem, ItemStatus
from fetcher.services import batches, download_slots
from fetcher.services.leases import Lease, Stopped, take
from fetcher.services.sweeping import sweep
from oas.kernel.config import config
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.uploads import begin_upload
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, files_of, items_of, objects, total, uploads
from tests.fetcher.sources.test_drive import file_link, folder_link, zipped
from tests.jobs.queues import broker_down

pytestmark = pytest.mark.django_db(transaction=True)


def listed(organisation: Organisation, drive: Drive, worker: Worker, *amounts: str) -> Batch:
    """A batch of one file for each amount, listed, of which one was given to the worker, whose message is lost."""
    root = drive.folder("Label")
    for amount in amounts:
        drive.file(f"{amount}.tsv", csv(amount), root)
    batch = batches.start(organisation=organisation, url=folder_link(root))
    assert worker.step()
    worker.forget()
    return batch


def let_run_out(batch: Batch) -> None:
    past = timezone.now() - timedelta(seconds=1)
    BatchItem.everything.filter(batch=batch).exclude(due_at=None).update(due_at=past)


def test_a_worker_that_dies_in_the_middle_of_a_download(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    batch = listed(organisation, drive, worker, "1.00")
    lease = take(batch.items.get().pk)
    assert lease is not None
    file = lease.sales_file(100)
    begin_upload(file)
    upload = storage().start_multipart(file.raw_key)
    storage().put_part(file.raw_key, upload, 1, b"half of it")
    file.change(upload_id=upload)
    sweep()
    assert worker.waiting(Task.FETCH) == 0  # its lease has not run out
    let_run_out(batch)
    sweep()
    worker.run()
    assert [(each.pk, each.status, each.filesize) for each in files_of(batch)] == [
        (file.pk, "FINALIZED", len(csv("1.00")))
    ]
    assert (uploads(organisation.pk), objects(organisation.pk), str(total(batch).normalize())) == (
        0,
        [file.raw_key],
        "1",
    )
    with pytest.raises(Stopped):
        lease.beat(1)


def test_a_worker_that_dies_before_it_says_that_it_is_done(
    organisation: Organisation, drive: Drive, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = listed(organisation, drive, worker, "1.00")
    monkeypatch.setattr("fetcher.services.leases.Lease.end", lambda *_, **__: (_ for _ in ()).throw(Stopped))
    from fetcher.services.fetch_item import fetch

    fetch(batch.items.get().pk)
    assert [file.status for file in files_of(batch)] == ["UPLOADED"]
    monkeypatch.undo()
    let_run_out(batch)
    sweep()
    worker.run(glider=False)
    assert [file.status for file in files_of(batch)] == ["CLEANING"]
    assert len(objects(organisation.pk)) == 1


def test_a_worker_that_dies_between_two_members_of_a_zip(
    organisation: Organisation, drive: Drive, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fetcher.services import fetch_item, intake

    root = drive.folder("Label")
    drive.file("all.zip", zipped(a_dot_tsv=csv("1.00"), b_dot_tsv=csv("2.00"), c_dot_tsv=csv("3.00")), root)
    batch = batches.start(organisation=organisation, url=folder_link(root))
    real, seen = intake.take_in, list[str]()

    def dies_at_the_second(lease: Lease, *rest: object) -> None:
        seen.append(lease.item.name)
        if len(seen) == 2:
            raise Stopped
        real(lease, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(fetch_item, "take_in", dies_at_the_second)
    worker.run(glider=False)
    assert len(files_of(batch)) == 1
    let_run_out(batch)
    sweep()
    worker.run(glider=False)
    assert items_of(batch) == {
        "all.zip": ("UNPACKED", ""),
        **{f"all.zip/{name}.tsv": ("CLEANING", "") for name in "abc"},
    }
    assert (seen, len(objects(organisation.pk))) == (["a.tsv", "b.tsv", "b.tsv", "c.tsv"], 3)
    batch.refresh_from_db()
    assert batch.status == "DONE"


def test_one_that_kills_every_worker_is_given_up(organisation: Organisation, drive: Drive, worker: Worker) -> None:
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


def test_every_message_twice_changes_nothing(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    from fetcher.services.fetch_item import fetch
    from fetcher.services.list_link import list_batch

    batch = listed(organisation, drive, worker, "1.00", "2.00")
    for item in batch.items.all():
        fetch(item.pk)
        fetch(item.pk)
    list_batch(batch.pk)
    worker.run(glider=False)
    assert (len(files_of(batch)), batch.items.count(), len(objects(organisation.pk))) == (2, 2, 2)


def test_organisations_take_turns(
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


def test_only_what_may_be_mended_is_tried_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
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
