from __future__ import annotations

import stat
from pathlib import Path

import pytest

from devstack.folder import Folder, FolderInUse, read_values, write_values
from oas.kernel.config import _is_webhook_secret


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "stack")
    made.make()
    return made


def test_secrets_are_made_once_and_kept(folder: Folder) -> None:
    first = folder.secrets()

    assert Folder(folder.root).secrets() == first
    assert stat.S_IMODE((folder.root / "secrets").stat().st_mode) == 0o600


def test_secrets_have_the_lengths_that_their_readers_ask_for(folder: Folder) -> None:
    secrets = folder.secrets()

    assert len(secrets["S3_ACCESS_KEY"]) == 20
    assert len(secrets["S3_SECRET_KEY"]) == 40
    assert [len(half) for half in secrets["API_KEY"].split(".")] == [8, 32]
    assert len(secrets["SECRET_KEY"]) >= 50
    assert _is_webhook_secret(secrets["WEBHOOK_SECRET"])


def test_two_folders_share_no_secret(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.make()

    assert not set(folder.secrets().values()) & set(other.secrets().values())


def test_a_secret_that_is_missing_is_added_to_the_others(folder: Folder) -> None:
    write_values(folder.root / "secrets", {"API_KEY": "kept"})

    assert folder.secrets()["API_KEY"] == "kept"
    assert read_values(folder.root / "secrets") == folder.secrets()


def test_a_locked_folder_is_refused_and_named(folder: Folder) -> None:
    with folder.locked(), pytest.raises(FolderInUse, match=str(folder.root)), Folder(folder.root).locked():
        pass


def test_a_folder_is_free_again_after_its_stack(folder: Folder) -> None:
    with folder.locked():
        pass
    with folder.locked():
        pass


def test_values_may_hold_equal_signs(tmp_path: Path) -> None:
    write_values(tmp_path / "env", {"OAS_WEBHOOK_SECRET": "whsec_YWJj=="})

    assert read_values(tmp_path / "env") == {"OAS_WEBHOOK_SECRET": "whsec_YWJj=="}


def test_others_may_pass_through_a_folder_but_not_look_into_it(folder: Folder) -> None:
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o711
    assert stat.S_IMODE(folder.private("s3").stat().st_mode) == 0o700
