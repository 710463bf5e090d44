"""Folders that are looked at every hour, the admin of links, and the command that follows one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import Batch, WatchedFolder
from fetcher.services import batches, watched_folders
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, files_of, items_of
from tests.fetcher.sources.test_drive import file_link, folder_link

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


def test_it_is_looked_at_once_however_long_nobody_did(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    watched_folders.watch(organisation=organisation, url=folder_link(drive.folder("Label")))
    WatchedFolder.everything.update(next_look_at=timezone.now() - timedelta(days=3))
    assert [watched_folders.look(), watched_folders.look()] == [1, 0]
    worker.run(glider=False)
    Batch.everything.all().delete()
    WatchedFolder.everything.update(active=False, next_look_at=timezone.now())
    assert watched_folders.look() == 0


def test_a_folder_that_is_not_shared_any_more_says_so(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    root = drive.folder("Label")
    folder = watched_folders.watch(organisation=organisation, url=folder_link(root))
    drive.entries[root].shared = False
    look(worker)
    folder.refresh_from_db()
    assert "not shared" in folder.last_result
    assert folder.last_seen_at is None


# --- the admin ---


def test_the_admin_shows_batches_without_their_secrets_and_cancels_them(
    organisation: Organisation, drive: Drive, worker: Worker, admin_client: Client
) -> None:
    root = drive.folder("Label")
    drive.file("good.tsv", csv("1.00"), root)
    drive.file("cover.png", b"x", root)
    url = folder_link(root) + "&resourcekey=0-secret"
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    watched_folders.watch(organisation=organisation, url=url)
    pages = [
        admin_client.get(f"/admin/fetcher/{page}") for page in ("batch/", f"batch/{batch.pk}/change/", "watchedfolder/")
    ]
    assert [page.status_code for page in pages] == [200, 200, 200]
    texts = [page.content.decode() for page in pages]
    assert not any("0-secret" in text for text in texts)
    assert "cover.png" in texts[1]
    assert "unsupported_type" in texts[1]
    answer = admin_client.post(
        "/admin/fetcher/batch/", {"action": "cancel", "_selected_action": [batch.pk]}, follow=True
    )
    assert "A batch that is DONE does not take cancel." in answer.content.decode()


# --- the command ---


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    """The workers, beside what is being done."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            worker.run()
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(30)


def test_the_command_follows_a_link_to_its_totals(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    root = drive.folder("Label")
    drive.file("good.tsv", csv("1.00"), root)
    drive.file("cover.png", b"x", root)
    out = StringIO()
    with working(worker):
        call_command("fetch_link", organisation.name, folder_link(root), patience=60, stdout=out)
    assert "1 finalized, 0 failed, 1 discarded" in out.getvalue()
    assert "unsupported_type" in out.getvalue()
    assert [file.status for file in files_of(Batch.everything.get())] == ["FINALIZED"]


def test_the_command_says_what_is_wrong_with_a_link(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    with pytest.raises(CommandError, match="not a link"):
        call_command("fetch_link", organisation.name, "july.csv")
    with pytest.raises(CommandError, match="no organisation"):
        call_command("fetch_link", "Nobody", "https://drive.google.com/")
    gone = file_link("1nothing_has_this_id")
    with working(worker), pytest.raises(CommandError, match="not shared"):
        call_command("fetch_link", str(organisation.pk), gone, patience=60, stdout=StringIO())
