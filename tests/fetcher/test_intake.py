from __future__ import annotations

import pytest

from accounts.models import Organisation
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, items_of, objects, presigned_link

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_content_again_is_a_duplicate(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    content = csv("1.00")
    fetched(organisation, worker, presigned_link(content), glider=True)
    again = fetched(organisation, worker, presigned_link(content, "copy.tsv"), glider=True)
    assert items_of(again) == {"copy.tsv": ("DISCARDED", "duplicate")}
    assert len(objects(organisation.pk)) == 1
