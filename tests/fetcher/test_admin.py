from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Organisation
from fetcher.services import batches, watched_folders
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, folder_link

pytestmark = pytest.mark.django_db(transaction=True)


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
