"""The messages of the jobs about a sales file."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Organisation
from glider.contract import BY_PERIOD, MESSAGE, CleaningMessage, ImporterMessage
from oas.kernel.config import config
from tests.salesfiles.glider_stand_in import (
    cleaned,
    cleaning_file,
    finish,
    job_of,
)  # fmt: skip


def test_the_message_of_cleaning_has_all_that_glider_needs(organisation: Organisation) -> None:
    file = cleaning_file(organisation, reporting_period="2025-01")
    job = job_of(file)
    message = MESSAGE.validate_python(job.message)
    assert isinstance(message, CleaningMessage)
    assert (message.job, message.organisation, message.raw_key) == (job.pk, organisation.pk, file.raw_key)
    assert (message.raw_etag, message.raw_size) == (file.raw_etag, file.raw_size)
    assert message.result_key == f"organisation={organisation.pk}/jobs/{job.pk}/result.json"
    assert message.cleaned_key == f"organisation={organisation.pk}/cleaned/{file.uuid}/r1/{job.pk}.parquet"
    assert message.callback_url == config().webhook_address
    assert message.file.model_dump() == {
        "id": file.pk,
        "uuid": file.uuid,
        "mongo_db_id": file.mongo_db_id,
        "revision": 1,
        "filename": "sales.csv",
        "reporting_period": "2025-01",
        "account_currency": "USD",
    }


def test_the_message_of_the_importer_has_the_result_of_cleaning_and_the_rates(organisation: Organisation) -> None:
    file = cleaning_file(organisation, exchange_rate=Decimal("0.92"))
    finish(job_of(file))
    job = job_of(file)
    message = MESSAGE.validate_python(job.message)
    assert isinstance(message, ImporterMessage)
    assert (message.job, message.organisation, message.version) == (job.pk, organisation.pk, 1)
    assert message.result_key == f"organisation={organisation.pk}/jobs/{job.pk}/result.json"
    assert (message.cleaned_key, message.cleaning.accepted) == (message.cleaning.cleaned_key, 2)
    assert message.exchange_rates == {"USD": Decimal("0.92")}


def test_lines_that_were_cleaned_by_period_need_a_worker_that_knows_them(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    finish(job, cleaned(job, cleaned_by_period=True))
    assert (job_of(file).module, job_of(file).message["version"]) == ("importer", BY_PERIOD)
