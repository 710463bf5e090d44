"""Promise 2: a webhook only announces that a job has ended; the outcome is in its result object."""

from __future__ import annotations

from accounts.models import Organisation
from glider.contract import JobFinished
from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.storage import storage
from tests.salesfiles.glider_stand_in import (
    cleaned,
    cleaning_file,
    failed,
    imported,
    job_finished,
    job_of,
    leave,
    notify,
)


def test_a_webhook_carries_ids_and_nothing_else() -> None:
    assert set(JobFinished.model_fields) == {"type", "job", "organisation", "module", "status"}


def test_the_result_counts_and_not_what_the_webhook_claims(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, failed(job))
    assert notify(job_finished(job, status="succeeded")).status_code == 200
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FAILED", "unknown_layout")


def test_a_webhook_without_a_result_changes_nothing(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    assert notify(job_finished(job_of(file))).status_code == 409
    file.refresh_from_db()
    assert file.status == "CLEANING"


def test_processed_before_cleaned_is_refused(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    leave(job_of(file), cleaned(job_of(file)))
    message = job_of(file).message
    importer = Job.everything.create(
        organisation=organisation, file=file, module="importer", revision=1, message=message
    )
    storage().put_json(object_keys.result(organisation.pk, importer.pk), imported(importer).model_dump_json())
    assert notify(job_finished(importer)).status_code == 409
    file.refresh_from_db()
    assert (file.status, file.history.filter(to_status="PROCESSED").count()) == ("CLEANING", 0)
