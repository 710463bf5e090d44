"""The sweep over sales files: what is stuck, not activated, or deleted is continued."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from accounts.models import Organisation
from oas.kernel.documents import documents
from salesfiles.choices import Waiting
from salesfiles.models import SalesFile
from salesfiles.services.files import delete_file
from salesfiles.services.pinned_uploads import pin_upload
from salesfiles.services.sweeping import sweep, sweep_files
from salesfiles.status import Status
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    finalized_file,
    finish,
    job_of,
    processed_file,
    uploaded_file,
)
from tests.salesfiles.lost_work import make_old
from tests.totals.driving import at_once

pytestmark = pytest.mark.django_db(transaction=True)


# --- files between two modules ---


def test_an_uploaded_file_is_continued(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    pin_upload(file)
    make_old(file, "updated_at")
    assert at_once(sweep, sweep) == [None, None]
    file.refresh_from_db()
    assert (file.status, file.jobs.count()) == (Status.CLEANING, 1)
    assert documents().collection("files").find_one({"file": file.pk, "organisation": organisation.pk})


def test_a_reimport_without_a_job_is_continued(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.REIMPORT, revision=2)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, job_of(file).revision) == (Status.CLEANING, 2)


def test_a_cleaned_file_without_a_job_is_continued(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job_of(file).delete()
    SalesFile.everything.filter(pk=file.pk).update(status=Status.CLEANED)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, job_of(file).module) == (Status.PROCESSING, "importer")


def test_a_processed_file_that_ties_is_finalized(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.PROCESSED, live_revision=None)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, file.live_revision) == (Status.FINALIZED, 1)


@pytest.mark.parametrize("cause", [*Waiting, "a_cause_of_a_newer_version"])
def test_a_processed_file_with_any_cause_is_left_to_people(organisation: Organisation, cause: str) -> None:
    file = finalized_file(organisation)
    waits = {"status": Status.PROCESSED, "status_cause": cause, "live_revision": None}
    SalesFile.everything.filter(pk=file.pk).update(**waits)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == (Status.PROCESSED, cause, None)


@pytest.mark.parametrize("cause", [Waiting.CONTROL_TOTALS, ""])
def test_a_processed_file_that_does_not_tie_is_left_to_people(organisation: Organisation, cause: str) -> None:
    file = processed_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status_cause=cause)
    make_old(file, "updated_at")
    sweep()
    file.refresh_from_db()
    assert file.status == Status.PROCESSED


def test_a_file_that_is_young_is_left_alone(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=Status.UPLOADED)
    sweep()
    file.refresh_from_db()
    assert file.status == Status.UPLOADED


def test_a_file_that_another_process_has_locked_does_not_stop_the_others(organisation: Organisation) -> None:
    locked, free = finalized_file(organisation), finalized_file(organisation)
    for file in (locked, free):
        SalesFile.everything.filter(pk=file.pk).update(status=Status.PROCESSED, live_revision=None)
        make_old(file, "updated_at")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            SalesFile.lock(locked.pk)
            held.set()
            done.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    try:
        sweep_files()
    finally:
        done.set()
        holder.join()
    for file in (locked, free):
        file.refresh_from_db()
    assert (locked.status, locked.swept_at, free.status) == (Status.PROCESSED, None, Status.FINALIZED)


# --- tasks that were lost ---


def test_an_activation_that_was_lost_is_done(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert file.activated_revision is None
    sweep()
    file.refresh_from_db()
    assert file.activated_revision == 1


def test_a_purge_that_was_lost_is_done(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    delete_file(file=file)
    assert at_once(sweep, sweep) == [None, None]
    assert not SalesFile.everything.filter(pk=file.pk).exists()
