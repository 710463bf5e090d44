from __future__ import annotations

import pytest

from accounts.models import Organisation
from oas.kernel.config import config
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, folder_link, items_of, objects, zipped

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_zip_that_is_damaged_or_unpacks_to_too_much(
    organisation: Organisation, drive: Drive, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_MAX_UNPACKED_BYTES", "1000000")
    config.cache_clear()
    root = drive.folder("Label")
    drive.file("bomb.zip", zipped(big_dot_csv=b"0" * 2_000_000), root)
    drive.file("cut.zip", zipped(a_dot_csv=csv("1.00"))[:-30], root)
    drive.file("bare.zip", zipped(a_dot_csv=csv("2.00")).replace(b"a.csv", b"\0.csv"), root)
    drive.file("up.zip", zipped(**{"..__..__etc__passwd_dot_csv": csv("1.00")}), root)
    batch = fetched(organisation, worker, folder_link(root))
    assert items_of(batch) == {
        "bare.zip": ("UNPACKED", ""),
        "bare.zip/file": ("DISCARDED", "unsupported_type"),
        "bomb.zip": ("DISCARDED", "too_large"),
        "bomb.zip/big.csv": ("DISCARDED", "too_large"),
        "cut.zip": ("DISCARDED", "corrupt"),
        "up.zip": ("UNPACKED", ""),
        "up.zip/etc/passwd.csv": ("CLEANING", ""),
    }
    assert [key.rsplit("/", 1)[-1] for key in objects(organisation.pk)] == ["passwd.csv"]
