"""The rules about one row of a sales file: changes of status, saving, actions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Organisation
from accounts.scope import UnscopedQuery
from salesfiles.errors import LostRace
from salesfiles.models import SalesFile, StatusChange
from salesfiles.status import Action, Status
from tests.salesfiles.glider_stand_in import new_file


def in_status(organisation: Organisation, status: str, **fields: object) -> SalesFile:
    file = new_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=status, **fields)
    file.refresh_from_db()
    return file


def test_a_change_writes_fields_cause_and_version_together(organisation: Organisation) -> None:
    file = in_status(organisation, "CLEANING")
    before = file.version
    file.move_to(Status.FAILED, cause="unknown_layout", message="x" * 5000, source_format="none")
    file.refresh_from_db()
    assert (file.status_cause, file.error_message, file.source_format) == ("unknown_layout", "x" * 2000, "none")
    assert file.version == before + 1


def test_the_next_change_clears_the_cause(organisation: Organisation) -> None:
    file = in_status(organisation, "FAILED", status_cause="empty_file", error_message="Empty.")
    file.move_to(Status.UPLOADING)
    assert (file.status_cause, file.error_message) == ("", "")


def test_a_stale_file_loses_and_leaves_no_history(organisation: Organisation) -> None:
    file = in_status(organisation, "UPLOADED")
    stale = SalesFile.objects.of(organisation).get(pk=file.pk)
    file.move_to(Status.CLEANING)
    with pytest.raises(LostRace) as refused:
        stale.move_to(Status.CLEANING)
    assert refused.value.facts == {"status": "CLEANING", "actions": []}
    assert StatusChange.objects.of(organisation).count() == 1


def test_a_deleted_file_is_not_moved(organisation: Organisation) -> None:
    file = in_status(organisation, "UPLOADED")
    SalesFile.everything.filter(pk=file.pk).update(deleted_at=file.created_at)
    with pytest.raises(LostRace):
        file.move_to(Status.CLEANING)


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_that_change_the_status_one_wins(organisation: Organisation) -> None:
    file = in_status(organisation, "UPLOADED")
    barrier = Barrier(2)

    def move() -> bool:
        mine = SalesFile.objects.of(organisation).get(pk=file.pk)
        barrier.wait(timeout=10)
        try:
            mine.move_to(Status.CLEANING)
        except LostRace:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        won = [future.result(timeout=20) for future in [pool.submit(move), pool.submit(move)]]
    assert sorted(won) == [False, True]
    assert StatusChange.objects.of(organisation).count() == 1


def test_save_refuses_a_status_changed_by_hand(organisation: Organisation) -> None:
    file = new_file(organisation)
    file.status = Status.FINALIZED
    with pytest.raises(RuntimeError):
        file.save()
    with pytest.raises(RuntimeError):
        file.save(update_fields=["status"])
    file.refresh_from_db()
    assert file.status == Status.INITIALIZED


def test_a_stale_save_does_not_bring_an_old_status_back(organisation: Organisation) -> None:
    file = new_file(organisation)
    stale = SalesFile.objects.of(organisation).get(pk=file.pk)
    file.move_to(Status.UPLOADING)
    stale.filename = "renamed.csv"
    stale.save()
    file.refresh_from_db()
    assert (file.status, file.filename) == (Status.UPLOADING, "renamed.csv")


@pytest.mark.parametrize(
    ("status", "fields", "actions"),
    [
        ("INITIALIZED", {}, ["upload"]),
        ("UPLOADING", {}, ["upload", "clean", "import"]),
        ("UPLOADING", {"upload_id": "x"}, ["upload", "clean", "import", "complete", "abort"]),
        ("UPLOADED", {}, ["clean", "import"]),
        ("CLEANING", {}, []),
        ("CLEANED", {}, ["import"]),
        ("PROCESSING", {}, []),
        ("PROCESSED", {}, ["reimport"]),
        ("FINALIZED", {}, ["reimport"]),
        ("REIMPORT", {}, []),
        ("FAILED", {}, ["upload"]),
        ("FAILED", {"raw_etag": "e"}, ["upload", "reimport"]),
        ("FAILED", {"raw_etag": "e", "sha256": "s"}, ["upload", "import", "reimport"]),
    ],
)
def test_the_actions_that_process_takes(status: str, fields: dict[str, str], actions: list[str]) -> None:
    assert SalesFile(status=status, **fields).actions == [Action(action) for action in actions]


def test_a_query_that_names_no_organisation_does_not_run(organisation: Organisation) -> None:
    with pytest.raises(UnscopedQuery):
        SalesFile.objects.all()
