"""The webhook: what a notification changes, and which are refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organisation
from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.config import Config, config
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.cancellation import cancel
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.salesfiles.glider_stand_in import (
    ADDRESS,
    cleaned,
    cleaning_file,
    finish,
    imported,
    job_finished,
    job_of,
    leave,
    notify,
    signature,
)

OTHER_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"


def status_of(file: SalesFile) -> str:
    file.refresh_from_db()
    return file.status


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@pytest.fixture
def file(organisation: Organisation) -> SalesFile:
    """CLEANING, and its job has left a good result."""
    file = cleaning_file(organisation)
    leave(job_of(file), cleaned(job_of(file)))
    return file


def test_a_notification_of_cleaning_starts_the_importer(file: SalesFile) -> None:
    cleaning = job_of(file)
    answer = notify(job_finished(cleaning))
    assert (answer.status_code, answer.json()) == (200, {"job": str(cleaning.pk), "effect": "applied"})
    importer = job_of(file)
    assert (file.status, file.module_response, importer.module) == ("PROCESSING", "importer", "importer")
    assert importer.message["exchange_rates"] == {"USD": "1"}
    assert importer.message["cleaning"]["net_accepted"] == "3.75"
    assert (file.source_format, file.currency, file.accepted_rows, file.rejected_rows, file.skipped_rows) == (
        "test-layout", "USD", 2, 0, 2,
    )  # fmt: skip
    assert file.rejects_key == object_keys.rejects(file.organisation_id, file.uuid, 1, cleaning.pk)
    assert file.claim == file.sha256


def test_a_notification_of_the_importer_leads_to_a_finalized_file(file: SalesFile) -> None:
    notify(job_finished(job_of(file)))
    importer = job_of(file)
    leave(importer, imported(importer))
    assert notify(job_finished(importer)).status_code == 200
    assert (status_of(file), file.live_revision) == ("PROCESSED", None)
    assert finalise(file.pk) is True
    assert status_of(file) == "FINALIZED"
    assert (file.live_revision, file.total_rows, file.total_artists, file.total_local) == (1, 2, 1, Decimal("3.75"))
    assert all(check["tied"] for check in file.checks)
    assert [change.to_status for change in file.history.all()] == [
        "UPLOADING", "UPLOADED", "CLEANING", "CLEANED", "PROCESSING", "PROCESSED", "FINALIZED",
    ]  # fmt: skip


def test_the_exchange_rate_goes_to_the_importer_and_is_checked(organisation: Organisation) -> None:
    file = cleaning_file(organisation, exchange_rate=Decimal("0.92"))
    finish(job_of(file))
    importer = job_of(file)
    assert importer.message["exchange_rates"] == {"USD": "0.92"}
    finish(importer, imported(importer, rate=Decimal("0.92")))
    assert status_of(file) == "FINALIZED"
    assert file.total_local == Decimal("3.45")


def test_a_second_notification_changes_nothing(file: SalesFile) -> None:
    job = job_of(file)
    body = job_finished(job)
    headers = signature(body)
    assert notify(body, headers).json()["effect"] == "applied"
    file.refresh_from_db()
    version, jobs = file.version, Job.objects.of(file.organisation_id).count()
    again = notify(body, headers)
    assert (again.status_code, again.json()["effect"]) == (200, "repeated")
    file.refresh_from_db()
    assert (file.version, Job.objects.of(file.organisation_id).count()) == (version, jobs)


@pytest.mark.django_db(transaction=True)
def test_two_notifications_at_once_have_one_effect(file: SalesFile) -> None:
    job = job_of(file)
    barrier = Barrier(2)

    def call() -> str:
        barrier.wait(timeout=10)
        try:
            return str(notify(job_finished(job)).json()["effect"])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        effects = [future.result(timeout=30) for future in [pool.submit(call), pool.submit(call)]]
    assert sorted(effects) == ["applied", "repeated"]
    assert Job.objects.of(file.organisation_id).count() == 2
    assert file.history.filter(to_status="CLEANED").count() == 1


# --- signatures ---


def test_a_tampered_body_is_refused(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    answer = notify(body.replace(b"succeeded", b"failed   "), signature(body))
    assert code_of(answer) == (401, "bad_signature")
    assert status_of(file) == "CLEANING"


def test_reserialised_json_does_not_fit_its_signature(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    same = json.dumps(json.loads(body), indent=1).encode()
    assert code_of(notify(same, signature(body))) == (401, "bad_signature")


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=2), -timedelta(minutes=5, seconds=2)])
def test_a_notification_of_another_time_is_refused(file: SalesFile, age: timedelta) -> None:
    body = job_finished(job_of(file))
    assert code_of(notify(body, signature(body, age=age))) == (401, "bad_signature")
    assert status_of(file) == "CLEANING"


def test_a_notification_nearly_five_minutes_old_is_accepted(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    assert notify(body, signature(body, age=timedelta(minutes=4, seconds=50))).status_code == 200


@pytest.mark.parametrize("missing", ["HTTP_WEBHOOK_ID", "HTTP_WEBHOOK_TIMESTAMP", "HTTP_WEBHOOK_SIGNATURE"])
def test_a_missing_header_is_refused(file: SalesFile, missing: str) -> None:
    body = job_finished(job_of(file))
    headers = signature(body)
    del headers[missing]
    assert code_of(notify(body, headers)) == (401, "bad_signature")


@pytest.mark.parametrize("text", ["", "v1", "v1,", "v1,%%%", "v2,AAAA", "v1,a,b", "nonsense"])
def test_a_malformed_signature_is_refused(file: SalesFile, text: str) -> None:
    body = job_finished(job_of(file))
    assert code_of(notify(body, signature(body) | {"HTTP_WEBHOOK_SIGNATURE": text})) == (401, "bad_signature")


def test_a_wrong_secret_is_refused(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    assert code_of(notify(body, signature(body, secret=OTHER_SECRET))) == (401, "bad_signature")


def test_while_secrets_rotate_both_are_accepted(file: SalesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    old = config().webhook_secret[0].get_secret_value()
    rotating = Config(webhook_secret=f"{OTHER_SECRET},{old}")
    monkeypatch.setattr("jobs.api.webhook.config", lambda: rotating)
    body = job_finished(job_of(file))
    assert notify(body, signature(body, secret=old)).json()["effect"] == "applied"
    assert notify(body, signature(body, secret=OTHER_SECRET)).json()["effect"] == "repeated"


def test_several_signatures_in_one_header_are_accepted(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    headers = signature(body)
    headers["HTTP_WEBHOOK_SIGNATURE"] = "v1,AAAA " + headers["HTTP_WEBHOOK_SIGNATURE"]
    assert notify(body, headers).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type": "job.finished"}', b'{"type": "other", "job": 1}', b'"' + b"a" * 500 + b'"']
)
def test_a_signed_body_that_is_no_notification_is_refused(db: None, body: bytes) -> None:
    assert code_of(notify(body)) == (400, "malformed")


def test_a_body_that_is_not_utf8_is_refused(db: None) -> None:
    assert code_of(notify(b"\xff\xfe", signature(b"{}"))) == (401, "bad_signature")


def test_a_long_body_is_refused(db: None) -> None:
    assert code_of(notify(b" " * 20_000)) == (413, "too_large")


def test_only_post_is_answered(db: None, client: Any) -> None:
    assert client.get(ADDRESS).status_code == 405


# --- which job ---


def test_an_unknown_job_is_404(file: SalesFile) -> None:
    answer = notify(job_finished(Job(organisation_id=file.organisation_id, module="cleaning")))
    assert code_of(answer) == (404, "unknown_job")


def test_a_job_of_another_organisation_is_404(file: SalesFile) -> None:
    answer = notify(job_finished(job_of(file), organisation=file.organisation_id + 1))
    assert code_of(answer) == (404, "unknown_job")
    assert status_of(file) == "CLEANING"


def test_a_notification_without_a_result_is_409(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    assert code_of(notify(job_finished(job_of(file)))) == (409, "result_missing")
    assert status_of(file) == "CLEANING"


def test_the_job_of_an_earlier_revision_is_stale(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    old = job_of(file)
    cancel(file=file, actor="alice")
    reimport(file=file)
    leave(old, cleaned(old))
    assert code_of(notify(job_finished(old))) == (409, "stale_job")
    assert (status_of(file), file.revision) == ("CLEANING", 2)


def test_an_importer_that_ends_before_cleaning_is_stale(file: SalesFile) -> None:
    """Out of order: the job is open, but the file does not wait for it."""
    importer = Job.objects.unscoped().create(
        organisation_id=file.organisation_id, file=file, module="importer", revision=1, message=job_of(file).message
    )
    storage().put_json(object_keys.result(file.organisation_id, importer.pk), imported(importer).model_dump_json())
    assert code_of(notify(job_finished(importer))) == (409, "stale_job")
    assert status_of(file) == "CLEANING"
    assert not file.history.filter(to_status="PROCESSED").exists()


def test_the_job_of_a_deleted_file_is_unknown(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, cleaned(job))
    cancel(file=file, actor="alice")
    delete_file(file=file)
    Job.everything.filter(pk=job.pk).update(state="QUEUED")
    assert code_of(notify(job_finished(job))) == (404, "unknown_job")
