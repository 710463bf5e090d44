from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from accounts.models import Organisation
from fetcher import zip_members
from fetcher.discard_reasons import Discard, Reason
from fetcher.zip_members import Archive
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


# --- an archive by itself ---


def archive_of(folder: Path, **members: bytes) -> Archive:
    path = folder / "archive.zip"
    path.write_bytes(zipped(**members))
    return Archive(path)


def test_members_have_a_safe_path_and_a_reason_where_they_are_not_unpacked(tmp_path: Path) -> None:
    members = {
        "a__july_dot_CSV": b"x", "__abs_dot_tsv": b"x", "..__..__b_dot_txt": b"x", "cover_dot_png": b"x",
        "inner_dot_zip": b"x", "empty_dot_csv": b"", "__MACOSX__a_dot_csv": b"x", "folder__": b"",
    }  # fmt: skip
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, body in members.items():
            file.writestr(name.replace("__MACOSX__", "_MACOSX/").replace("__", "/").replace("_dot_", "."), body)
        file.writestr("__MACOSX/._a.csv", b"litter")
    with Archive(path) as archive:
        found = {member.path: str(member.problem.reason) if member.problem else "" for member in archive.members()}
    assert found == {
        "a/july.CSV": "", "abs.tsv": "", "b.txt": "", "cover.png": "unsupported_type", "inner.zip": "nested_archive",
        "empty.csv": "empty", "_MACOSX/a.csv": "",
    }  # fmt: skip


def test_the_limit_of_unpacking_is_one_for_all_members(tmp_path: Path) -> None:
    with archive_of(tmp_path, a_dot_csv=b"a" * 60, b_dot_csv=b"b" * 60) as archive:
        archive.left = 100
        first, second = archive.members()
        assert b"".join(archive.pieces(first)) == b"a" * 60
        with pytest.raises(Discard) as refused:
            list(archive.pieces(second))
    assert (refused.value.reason, archive.left) == (Reason.TOO_LARGE, -20)


def test_an_archive_of_more_members_than_are_allowed_is_refused_before_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered = config().model_copy(update={"max_zip_members": 2})
    monkeypatch.setattr(zip_members, "config", lambda: lowered)
    with archive_of(tmp_path, a_dot_csv=b"a", b_dot_csv=b"b") as archive:
        assert len(archive.members()) == 2
    with (
        pytest.raises(Discard) as refused,
        archive_of(tmp_path, a_dot_csv=b"a", b_dot_csv=b"b", c_dot_csv=b"c") as more,
    ):
        more.members()
    assert (refused.value.reason, refused.value.text) == (Reason.TOO_MANY, "The archive has more than 2 members.")
