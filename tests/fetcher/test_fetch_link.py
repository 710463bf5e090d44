"""The command `fetch_link`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Organisation
from fetcher.models import Batch
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, file_link, files_of, folder_link

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_the_command_refuses_a_bad_link_with_a_sentence(
    organisation: Organisation, drive: Drive, worker: Worker
) -> None:
    with pytest.raises(CommandError, match="not a link"):
        call_command("fetch_link", organisation.name, "july.csv")
    with pytest.raises(CommandError, match="no organisation"):
        call_command("fetch_link", "Nobody", "https://drive.google.com/")
    gone = file_link("1nothing_has_this_id")
    with working(worker), pytest.raises(CommandError, match="not shared"):
        call_command("fetch_link", str(organisation.pk), gone, patience=60, stdout=StringIO())
