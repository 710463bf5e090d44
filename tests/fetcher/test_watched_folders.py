from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import Batch, BatchStatus, WatchedFolder
from fetcher.services import watched_folders
from oas.api.refusals import BadValue
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, folder_link, items_of, presigned_link

pytestmark = pytest.mark.django_db(transaction=True)


def look(worker: Worker, *, hours: int = 1) -> None:
    """So many hours later."""
    WatchedFolder.everything.update(next_look_at=timezone.now() - timedelta(hours=hours - 1))
    watched_folders.look()
    worker.run(glider=False)


def test_new_files_are_taken_in_every_hour(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    root = drive.folder("Label")
    drive.file("first.tsv", csv("1.00"), root)
    drive.file("cover.png", b"x", root)
    folder = watched_folders.watch(organisation=organisation, url=folder_link(root))
    look(worker)
    (first,) = Batch.everything.all()
    assert items_of(first) == {"first.tsv": ("CLEANING", ""), "cover.png": ("DISCARDED", "unsupported_type")}
    look(worker)
    folder.refresh_from_db()
    assert Batch.everything.count() == 1  # a look at nothing new leaves no batch
    assert (folder.last_result, folder.last_seen_at is not None) == ("0 new files, 2 known ones.", True)
    drive.file("second.tsv", csv("2.00"), root)
    look(worker)
    assert items_of(Batch.everything.latest("pk")) == {"second.tsv": ("CLEANING", "")}


def test_an_overdue_folder_is_listed_once_however_long_it_waited(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    watched_folders.watch(organisation=organisation, url=folder_link(drive.folder("Label")))
    WatchedFolder.everything.update(next_look_at=timezone.now() - timedelta(days=3))
    assert [watched_folders.look(), watched_folders.look()] == [1, 0]
    worker.run(glider=False)
    Batch.everything.all().delete()
    WatchedFolder.everything.update(active=False, next_look_at=timezone.now())
    assert watched_folders.look() == 0


def test_a_folder_that_is_not_shared_any_more_has_its_reason(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    root = drive.folder("Label")
    folder = watched_folders.watch(organisation=organisation, url=folder_link(root))
    drive.entries[root].shared = False
    look(worker)
    folder.refresh_from_db()
    assert "not shared" in folder.last_result
    assert folder.last_seen_at is None


def test_a_folder_is_not_listed_while_its_last_batch_is_open(organisation: Organisation, drive: Drive) -> None:
    watched_folders.watch(organisation=organisation, url=folder_link(drive.folder("Label")))
    assert watched_folders.look() == 1
    for status, started in ((BatchStatus.LISTING, 0), (BatchStatus.FETCHING, 0), (BatchStatus.FAILED, 1)):
        Batch.everything.update(status=status)
        WatchedFolder.everything.update(next_look_at=timezone.now())
        assert watched_folders.look() == started


def test_a_folder_whose_look_another_process_has_begun_is_left_alone(organisation: Organisation, drive: Drive) -> None:
    folder = watched_folders.watch(organisation=organisation, url=folder_link(drive.folder("Label")))
    WatchedFolder.everything.update(next_look_at=timezone.now() + watched_folders.EVERY)
    assert watched_folders._look_at(folder) is False
    assert not Batch.everything.exists()


def test_only_a_link_of_drive_can_be_watched_and_by_one_organisation_once(
    organisation: Organisation, other_organisation: Organisation, drive: Drive
) -> None:
    with pytest.raises(BadValue) as refused:
        watched_folders.watch(organisation=organisation, url=presigned_link(csv("1.00")))
    assert (refused.value.attr, refused.value.code) == ("url", "unsupported_link")
    url = folder_link(drive.folder("Label"))
    watched_folders.watch(organisation=organisation, url=f" {url}&resourcekey=0-secret ", actor="alice")
    watched_folders.watch(organisation=other_organisation, url=url)
    with pytest.raises(BadValue) as refused:
        watched_folders.watch(organisation=organisation, url=url)
    folder = WatchedFolder.objects.of(organisation).get()
    assert (refused.value.code, folder.resource_key, folder.requested_by) == ("unique", "0-secret", "alice")
