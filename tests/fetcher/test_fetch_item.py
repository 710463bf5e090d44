"""Workers that die at an item, and messages that come twice: nothing is fetched twice, and nothing is missing."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from fetcher.choices import Task
from fetcher.services import batches
from fetcher.services.leases import Lease, Stopped, take
from fetcher.services.sweeping import sweep
from oas.kernel.storage import storage
from salesfiles.services.uploads import begin_upload
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import (
    Worker,
    csv,
    files_of,
    folder_link,
    items_of,
    let_run_out,
    listed,
    objects,
    total,
    uploads,
    zipped,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_worker_that_dies_before_it_ends_the_item(
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
