from __future__ import annotations

import hashlib

import pytest

from accounts.models import Organisation
from fetcher.discard_reasons import Discard
from fetcher.sources.content import Content
from fetcher.transfer import Check, Stored
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, file_link, files_of, items_of, objects

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_wrong_checksum_is_noticed(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    id = drive.file("july.tsv", csv("1.00"), md5="0" * 32)
    batch = fetched(organisation, worker, file_link(id))
    assert items_of(batch) == {"july.tsv": ("FAILED", "checksum")}
    assert len(drive.ranges(id)) == config().job_attempts
    assert (files_of(batch), objects(organisation.pk)) == ([], [])


@pytest.mark.parametrize(
    ("size", "md5", "reason"),
    [
        (None, "", None),
        (3, hashlib.md5(b"abc").hexdigest(), None),
        (4, "", "checksum"),
        (3, "0" * 32, "checksum"),
    ],
)
def test_content_is_checked_against_what_the_source_states(size: int | None, md5: str, reason: str | None) -> None:
    check = Check(Content(iter(()), size=size, md5=md5))
    check.add(b"ab")
    check.add(b"c")
    if reason is None:
        check.end()
        assert check.stored == Stored(3, hashlib.sha256(b"abc").hexdigest())
    else:
        with pytest.raises(Discard) as refused:
            check.end()
        assert refused.value.reason == reason


def test_content_of_nothing_is_refused() -> None:
    with pytest.raises(Discard) as refused:
        Check(Content(iter(()))).end()
    assert refused.value.reason == "empty"
