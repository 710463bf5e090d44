from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from glider.jobs import Bell, Cause
from oas import keys
from oas.accounts.models import Organisation
from oas.config import Config, config
from oas.storage import storage
from salesfiles.models import Job, SalesFile
from salesfiles.services import callbacks
from salesfiles.services.deleting import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from salesfiles.services.reviewing import cancel
from tests.salesfiles.glider_stand_in import (
    ADDRESS,
    bell,
    cleaned,
    cleaning_file,
    failed,
    finalized_file,
    finish,
    imported,
    job_of,
    leave,
    new_content,
    ring,
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


def test_the_bell_of_cleaning_starts_the_importer(file: SalesFile) -> None:
    cleaning = job_of(file)
    answer = ring(bell(cleaning))
    assert (answer.status_code, answer.json()) == (200, {"job": str(cleaning.pk), "effect": "applied"})
    importer = job_of(file)
    assert (file.status, file.module_response, importer.module) == ("PROCESSING", "importer", "importer")
    assert importer.message["exchange_rates"] == {"USD": "1"}
    assert importer.message["cleaning"]["net_accepted"] == "3.75"
    assert (file.source_format, file.currency, file.accepted_rows, file.rejected_rows, file.skipped_rows) == (
        "test-layout", "USD", 2, 1, 1,
    )  # fmt: skip
    assert file.rejects_key == keys.rejects(file.organisation_id, file.uuid, 1, cleaning.pk)
    assert file.claim == file.sha256


def test_the_bell_of_the_importer_finalizes_what_ties(file: SalesFile) -> None:
    ring(bell(job_of(file)))
    importer = job_of(file)
    leave(importer, imported(importer))
    assert ring(bell(importer)).status_code == 200
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


def test_a_second_bell_changes_nothing(file: SalesFile) -> None:
    job = job_of(file)
    body = bell(job)
    headers = signature(body)
    assert ring(body, headers).json()["effect"] == "applied"
    file.refresh_from_db()
    version, jobs = file.version, Job.objects.of(file.organisation_id).count()
    again = ring(body, headers)
    assert (again.status_code, again.json()["effect"]) == (200, "repeated")
    file.refresh_from_db()
    assert (file.version, Job.objects.of(file.organisation_id).count()) == (version, jobs)


@pytest.mark.django_db(transaction=True)
def test_two_bells_at_once_have_one_effect(file: SalesFile) -> None:
    job = job_of(file)
    barrier = Barrier(2)

    def call() -> str:
        barrier.wait(timeout=10)
        try:
            return str(ring(bell(job)).json()["effect"])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        effects = [future.result(timeout=30) for future in [pool.submit(call), pool.submit(call)]]
    assert sorted(effects) == ["applied", "repeated"]
    assert Job.objects.of(file.organisation_id).count() == 2
    assert file.history.filter(to_status="CLEANED").count() == 1


# --- who rings ---


def test_a_tampered_body_is_refused(file: SalesFile) -> None:
    body = bell(job_of(file))
    answer = ring(body.replace(b"succeeded", b"failed   "), signature(body))
    assert code_of(answer) == (401, "bad_signature")
    assert status_of(file) == "CLEANING"


def test_reserialised_json_does_not_fit_its_signature(file: SalesFile) -> None:
    body = bell(job_of(file))
    same = json.dumps(json.loads(body), indent=1).encode()
    assert code_of(ring(same, signature(body))) == (401, "bad_signature")


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=2), -timedelta(minutes=5, seconds=2)])
def test_a_bell_of_another_time_is_refused(file: SalesFile, age: timedelta) -> None:
    body = bell(job_of(file))
    assert code_of(ring(body, signature(body, age=age))) == (401, "bad_signature")
    assert status_of(file) == "CLEANING"


def test_a_bell_nearly_five_minutes_old_is_heard(file: SalesFile) -> None:
    body = bell(job_of(file))
    assert ring(body, signature(body, age=timedelta(minutes=4, seconds=50))).status_code == 200


@pytest.mark.parametrize("missing", ["HTTP_WEBHOOK_ID", "HTTP_WEBHOOK_TIMESTAMP", "HTTP_WEBHOOK_SIGNATURE"])
def test_a_missing_header_is_refused(file: SalesFile, missing: str) -> None:
    body = bell(job_of(file))
    headers = signature(body)
    del headers[missing]
    assert code_of(ring(body, headers)) == (401, "bad_signature")


@pytest.mark.parametrize("text", ["", "v1", "v1,", "v1,%%%", "v2,AAAA", "v1,a,b", "nonsense"])
def test_a_malformed_signature_is_refused(file: SalesFile, text: str) -> None:
    body = bell(job_of(file))
    assert code_of(ring(body, signature(body) | {"HTTP_WEBHOOK_SIGNATURE": text})) == (401, "bad_signature")


def test_a_wrong_secret_is_refused(file: SalesFile) -> None:
    body = bell(job_of(file))
    assert code_of(ring(body, signature(body, secret=OTHER_SECRET))) == (401, "bad_signature")


def test_while_secrets_rotate_both_are_heard(file: SalesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    old = config().webhook_secret[0].get_secret_value()
    rotating = Config(webhook_secret=f"{OTHER_SECRET},{old}")
    monkeypatch.setattr("salesfiles.api.webhook.config", lambda: rotating)
    body = bell(job_of(file))
    assert ring(body, signature(body, secret=old)).json()["effect"] == "applied"
    assert ring(body, signature(body, secret=OTHER_SECRET)).json()["effect"] == "repeated"


def test_several_signatures_in_one_header_are_heard(file: SalesFile) -> None:
    body = bell(job_of(file))
    headers = signature(body)
    headers["HTTP_WEBHOOK_SIGNATURE"] = "v1,AAAA " + headers["HTTP_WEBHOOK_SIGNATURE"]
    assert ring(body, headers).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type": "job.finished"}', b'{"type": "other", "job": 1}', b'"' + b"a" * 500 + b'"']
)
def test_a_signed_body_that_is_no_bell_is_refused(db: None, body: bytes) -> None:
    assert code_of(ring(body)) == (400, "malformed")


def test_a_body_that_is_not_utf8_is_refused(db: None) -> None:
    assert code_of(ring(b"\xff\xfe", signature(b"{}"))) == (401, "bad_signature")


def test_a_long_body_is_refused(db: None) -> None:
    assert code_of(ring(b" " * 20_000)) == (413, "too_large")


def test_only_post_is_answered(db: None, client: Any) -> None:
    assert client.get(ADDRESS).status_code == 405


# --- which job ---


def test_an_unknown_job_is_404(file: SalesFile) -> None:
    answer = ring(bell(Job(organisation_id=file.organisation_id, module="cleaning")))
    assert code_of(answer) == (404, "unknown_job")


def test_a_job_of_another_organisation_is_404(file: SalesFile) -> None:
    answer = ring(bell(job_of(file), organisation=file.organisation_id + 1))
    assert code_of(answer) == (404, "unknown_job")
    assert status_of(file) == "CLEANING"


def test_a_bell_without_a_result_is_409(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    assert code_of(ring(bell(job_of(file)))) == (409, "result_missing")
    assert status_of(file) == "CLEANING"


def test_the_job_of_an_earlier_revision_is_stale(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    old = job_of(file)
    cancel(file=file, actor="alice")
    reimport(file=file)
    leave(old, cleaned(old))
    assert code_of(ring(bell(old))) == (409, "stale_job")
    assert (status_of(file), file.revision) == ("CLEANING", 2)


def test_an_importer_that_ends_before_cleaning_is_stale(file: SalesFile) -> None:
    """Out of order: the job is open, but the file does not wait for it."""
    importer = Job.objects.unscoped().create(
        organisation_id=file.organisation_id, file=file, module="importer", revision=1, message=job_of(file).message
    )
    storage().put_json(keys.result(file.organisation_id, importer.pk), imported(importer).model_dump_json())
    assert code_of(ring(bell(importer))) == (409, "stale_job")
    assert status_of(file) == "CLEANING"
    assert not file.history.filter(to_status="PROCESSED").exists()


def test_the_job_of_a_deleted_file_is_unknown(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, cleaned(job))
    cancel(file=file, actor="alice")
    Job.everything.filter(pk=job.pk).update(state="QUEUED")
    delete_file(file=file)
    assert code_of(ring(bell(job))) == (404, "unknown_job")


# --- what came of it ---


def test_a_failed_result_fails_the_file_with_its_cause(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, failed(job, Cause.UNKNOWN_LAYOUT, "Columns found: a, b. Nearest: distrokid."))
    assert ring(bell(job, status="failed")).status_code == 200
    assert status_of(file) == "FAILED"
    assert (file.status_cause, file.error_message) == ("unknown_layout", "Columns found: a, b. Nearest: distrokid.")
    assert job_of(file).state == "FAILED"
    assert file.claim is None


def test_a_long_message_is_cut(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    leave(job, failed(job, message="x" * 100_000))
    ring(bell(job))
    file.refresh_from_db()
    assert len(file.error_message) == 2000


def test_what_the_bell_says_of_success_is_not_believed(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    leave(job_of(file), failed(job_of(file)))
    ring(bell(job_of(file), status="succeeded"))
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
    storage().put_json(keys.result(file.organisation_id, job.pk), json.dumps(result))
    assert ring(bell(job)).status_code == 200
    assert status_of(file) == "FAILED"
    assert file.status_cause == "error"
    assert "could not be read" in file.error_message


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", "{}"])
def test_a_result_that_is_no_result_fails_the_file(organisation: Organisation, text: str) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    storage().put_json(keys.result(file.organisation_id, job.pk), text)
    assert ring(bell(job)).status_code == 200
    assert (status_of(file), file.status_cause) == ("FAILED", "error")


def test_an_impossible_total_fails_the_file(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_local=Decimal(10) ** 30))
    assert (status_of(file), file.status_cause) == ("FAILED", "error")


def test_several_currencies_fail_the_file_and_are_named(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    finish(job, cleaned(job, net_by_currency={"USD": Decimal("3.00"), "EUR": Decimal("0.75")}))
    assert (status_of(file), file.status_cause) == ("FAILED", "several_currencies")
    assert "EUR, USD" in file.error_message


def test_content_that_shows_itself_the_same_fails_naming_the_first(organisation: Organisation) -> None:
    first = cleaning_file(organisation, filename="first.csv")
    finish(job_of(first))
    second = cleaning_file(organisation)
    finish(job_of(second), cleaned(job_of(second), sha256=SalesFile.everything.get(pk=first.pk).sha256))
    assert (status_of(second), second.status_cause) == ("FAILED", "duplicate_file")
    assert second.error_message == f"The same content is already in sales file {first.pk} (first.csv)."
    assert not Job.objects.of(organisation).filter(file=second, module="importer").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_files_with_one_content_that_end_at_once_one_is_taken(organisation: Organisation) -> None:
    files = [cleaning_file(organisation), cleaning_file(organisation)]
    for file in files:
        leave(job_of(file), cleaned(job_of(file), sha256="a" * 64))
    bells = [Bell.model_validate_json(bell(job_of(file))) for file in files]
    barrier = Barrier(2)

    def call(one: Bell) -> None:
        barrier.wait(timeout=10)
        try:
            callbacks.ring(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(call, one) for one in bells]:
            future.result(timeout=30)
    assert sorted(status_of(file) for file in files) == ["FAILED", "PROCESSING"]


def test_other_content_than_that_in_force_is_refused(organisation: Organisation) -> None:
    """FINALIZED, its reimport failed, something else uploaded: the totals in force stay what they were."""
    file = finalized_file(organisation)
    sha256 = file.sha256
    reimport(file=file)
    finish(job_of(file), failed(job_of(file)))
    from salesfiles.services.processing import process
    from salesfiles.status import Action
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
    assert file.error_message == "These numbers do not tie. rows_imported: expected 2, found 3."
    assert [check["name"] for check in file.checks if not check["tied"]] == ["rows_imported"]


def test_a_reimport_that_does_not_tie_leaves_the_totals_in_force(organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_local=Decimal("9.99"), total_rows=9))
    assert (status_of(file), file.live_revision, file.revision) == ("PROCESSED", 1, 2)
    assert (file.total_rows, file.total_local) == (2, Decimal("3.75"))
