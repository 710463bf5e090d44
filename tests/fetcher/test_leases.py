from __future__ import annotations

import pytest

from accounts.models import Organisation
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, file_link, files_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_deleted_is_taken_again(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    from salesfiles.services.files import delete_file

    url = file_link(drive.file("july.tsv", csv("1.00")))
    (file,) = files_of(fetched(organisation, worker, url, glider=True))
    delete_file(file=file)
    assert len(files_of(fetched(organisation, worker, url))) == 1
