"""What the result of a cleaning or importer job does to its sales file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from glider.contract import MESSAGE, Cause, ImporterMessage, JobFinished
from jobs.models import Job
from jobs.services import finishing
from oas.kernel import object_keys
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services import job_results
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.jobs.queues import messages
from tests.salesfiles.glider_stand_in import (
    cleaned,
    cleaning_file,
    failed,
    finalized_file,
    finish,
    imported,
    job_finished,
    job_of,
    leave,
    new_content,
    notify,
)  # fmt: skip


def status_of(file: SalesFile) -> str:
    file.refresh_from_db()
    return file.status


# --- failures and malformed results ---


def test_a_failed_result_fails_the_file_with_its_cause(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, failed(job, Cause.UNKNOWN_LAYOUT, "Columns found: a, b. Nearest: distrokid."))
    assert notify(job_finished(job, status="failed")).status_code == 200
    assert status_of(file) == "FAILED"
    assert (file.status_cause, file.error_message) == ("unknown_layout", "Columns found: a, b. Nearest: distrokid.")
    assert job_of(file).state == "FAILED"
    assert file.claim is None


def test_a_long_message_is_cut(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, failed(job, message="x" * 100_000))
    notify(job_finished(job))
    file.refresh_from_db()
    assert len(file.error_message) == 2000


def test_a_success_that_only_the_notification_claims_is_not_believed(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    leave(job_of(file), failed(job_of(file)))
    notify(job_finished(job_of(file), status="succeeded"))
    assert status_of(file) == "FAILED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"job": "00000000-0000-0000-0000-000000000000"},
        {"sha256": ""},
        {"cleaned_key": "organisation=2/cleaned/other.parquet"},
        {"rejects_key": "organisation=2/raw/other.csv"},
        {"net_by_currency": {"US DOLLAR": "3.75"}},
        {"accepted": -1},
        {"rows_read": 2**63},
        {"module": "importer"},
        {"status": "perhaps"},
        {"net_read": "NaN"},
    ],
)
def test_a_result_that_makes_no_sense_fails_the_file(organisation: Organisation, wrong: dict[str, Any]) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    result = cleaned(job).model_dump(mode="json") | wrong
    storage().put_json(object_keys.result(file.organisation_id, job.pk), json.dumps(result))
    assert notify(job_finished(job)).status_code == 200
    assert status_of(file) == "FAILED"
    assert file.status_cause == "error"
    assert "could not be read" in file.error_message


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", "{}"])
def test_a_result_that_is_no_result_fails_the_file(organisation: Organisation, text: str) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    storage().put_json(object_keys.result(file.organisation_id, job.pk), text)
    assert notify(job_finished(job)).status_code == 200
    assert (status_of(file), file.status_cause) == ("FAILED", "error")


def test_an_impossible_total_fails_the_file(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_local=Decimal(10) ** 30))
    assert (status_of(file), file.status_cause) == ("FAILED", "error")


def test_a_failure_after_recognition_names_the_layout(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    known = {"layout": "distrokid", "layout_version": "abc"}
    finish(job, failed(job, Cause.NO_VALID_ROWS).model_copy(update=known))
    assert (status_of(file), file.source_format, file.layout_version) == ("FAILED", "distrokid", "abc")


def test_a_failure_before_recognition_leaves_the_layout_as_it_was(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file), failed(job_of(file)))
    assert (status_of(file), file.source_format) == ("FAILED", "test-layout")


# --- after cleaning ---


def test_the_importer_is_published_once_cleaning_has_ended(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = cleaning_file(organisation)
    leave(job_of(file), cleaned(job_of(file)))
    with django_capture_on_commit_callbacks(execute=True):
        notify(job_finished(job_of(file)))
    message = MESSAGE.validate_python(messages()[-1]["argument"])
    assert isinstance(message, ImporterMessage)
    assert (message.job, message.cleaning.accepted) == (job_of(file).pk, 2)


# --- the same content twice ---


def test_content_that_turns_out_the_same_fails_naming_the_first(organisation: Organisation) -> None:
    first = cleaning_file(organisation, filename="first.csv")
    finish(job_of(first))
    second = cleaning_file(organisation)
    finish(job_of(second), cleaned(job_of(second), sha256=SalesFile.everything.get(pk=first.pk).sha256))
    assert (status_of(second), second.status_cause) == ("FAILED", "duplicate_file")
    assert second.error_message == f"The same content is already in sales file {first.pk} (first.csv)."
    assert not Job.objects.of(organisation).filter(file=second, module="importer").exists()


def test_content_whose_first_file_has_just_gone_is_taken(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cleaning_file(organisation), cleaning_file(organisation)
    finish(job_of(first))
    handle, tries = job_results._handle, []

    def counted(*args: Any, **options: Any) -> bool:
        tries.append(options)
        if len(tries) == 2:
            SalesFile.everything.filter(pk=first.pk).update(claim=None)  # as when it is erased
        return handle(*args, **options)

    monkeypatch.setattr(job_results, "_handle", counted)
    finish(job_of(second), cleaned(job_of(second), sha256=SalesFile.everything.get(pk=first.pk).sha256))
    assert (status_of(second), tries) == ("PROCESSING", [{}, {"content_taken": True}])


@pytest.mark.django_db(transaction=True)
def test_of_two_files_with_one_content_that_end_at_once_one_is_taken(organisation: Organisation) -> None:
    files = [cleaning_file(organisation), cleaning_file(organisation)]
    for file in files:
        leave(job_of(file), cleaned(job_of(file), sha256="a" * 64))
    events = [JobFinished.model_validate_json(job_finished(job_of(file))) for file in files]
    barrier = Barrier(2)

    def call(one: JobFinished) -> None:
        barrier.wait(timeout=10)
        try:
            finishing.notified(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(call, one) for one in events]:
            future.result(timeout=30)
    assert sorted(status_of(file) for file in files) == ["FAILED", "PROCESSING"]


def test_other_content_than_that_of_the_live_revision_is_refused(organisation: Organisation) -> None:
    """FINALIZED, its reimport failed, something else uploaded: the live totals stay what they were."""
    file = finalized_file(organisation)
    sha256 = file.sha256
    reimport(file=file)
    finish(job_of(file), failed(job_of(file)))
    from tests.salesfiles.glider_stand_in import put

    content = new_content()
    SalesFile.everything.filter(pk=file.pk).update(filesize=len(content))
    file.refresh_from_db()
    put(process(file=file, action=Action.UPLOAD).presigned_url or "", content)
    process(file=file, action=Action.CLEAN)
    finish(job_of(file))
    assert (status_of(file), file.status_cause) == ("FAILED", "other_content")
    assert (file.live_revision, file.claim) == (1, sha256)


# --- numbers that do not tie ---


def test_numbers_that_do_not_tie_leave_the_file_processed(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_rows=3))
    assert (status_of(file), file.status_cause, file.live_revision) == ("PROCESSED", "control_totals", None)
    assert file.error_message == "These numbers do not tie. lines imported = lines accepted: expected 2, found 3."
    assert [check["name"] for check in file.checks if not check["tied"]] == ["lines imported = lines accepted"]


def test_a_reimport_that_does_not_tie_leaves_the_live_totals(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_local=Decimal("9.99"), total_rows=9))
    assert (status_of(file), file.live_revision, file.revision) == ("PROCESSED", 1, 2)
    assert (file.total_rows, file.total_local) == (2, Decimal("3.75"))
