"""Jobs from their message to their result and its notification."""

from __future__ import annotations

import json

import pytest
from standardwebhooks import Webhook

from glider import runner
from glider.contract import CleaningMessage, Module
from oas.kernel import object_keys
from oas.kernel.config import glider_config
from oas.kernel.storage import ObjectAbsent, storage
from tests.glider.jobs import CONTENT, ORGANISATION, WebhookReceiver, run, stored


def test_a_job_writes_its_result_and_notifies_oas_by_a_signed_webhook(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    result = run(cleaning)
    headers, body = receiver.received[0]
    Webhook(glider_config().webhook_secret[0].get_secret_value()).verify(body, headers)
    assert json.loads(body) == {
        "type": "job.finished",
        "job": str(cleaning.job),
        "organisation": ORGANISATION,
        "module": "cleaning",
        "status": "succeeded",
    }
    assert (result["layout"], result["accepted"], result["rejected"]) == ("distrokid", 2, 1)
    assert result["net_accepted"] == "-0.190000000000000000"
    assert result["rejects_key"] == cleaning.rejects_key


def test_a_job_that_runs_again_writes_nothing_and_notifies_again(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    run(cleaning)
    before = stored(object_keys.organisation(ORGANISATION))
    run(cleaning)
    assert stored(object_keys.organisation(ORGANISATION)) == before
    assert len(receiver.received) == 2


def test_an_object_swapped_after_its_check_is_not_read(cleaning: CleaningMessage) -> None:
    storage().client.put_object(Bucket=storage().bucket, Key=cleaning.raw_key, Body=CONTENT + b"more")
    result = run(cleaning)
    assert (result["status"], result["cause"]) == ("failed", "object_changed")


def test_a_file_that_is_gone_fails_by_name(cleaning: CleaningMessage) -> None:
    storage().delete(cleaning.raw_key)
    result = run(cleaning)
    assert (result["status"], result["cause"]) == ("failed", "object_absent")


def test_a_failure_after_recognition_names_the_layout(cleaning: CleaningMessage) -> None:
    bad = CONTENT.split(b"\r\n")[0] + b"\r\n"
    storage().client.put_object(Bucket=storage().bucket, Key=cleaning.raw_key, Body=bad)
    etag = storage().head(cleaning.raw_key).etag
    result = run(cleaning.model_copy(update={"raw_etag": etag}))
    assert (result["status"], result["cause"], result["layout"]) == ("failed", "no_rows", "distrokid")
    assert len(result["layout_version"]) == 16


def test_a_bug_fails_the_job_without_paths_or_values_in_its_result(
    cleaning: CleaningMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*args: object) -> None:
        raise ValueError("secret value in /some/path")

    monkeypatch.setitem(runner.RUNNERS, Module.CLEANING, bug)
    result = run(cleaning)
    assert (result["status"], result["cause"], result["message"]) == ("failed", "error", runner.OWN_FAULT)
    assert result["detail"].startswith("ValueError at ")
    assert "secret" not in json.dumps(result)


def test_a_job_whose_store_is_down_has_no_result_and_does_not_notify(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    absent = cleaning.model_copy(update={"result_key": "x" * 2000})  # refused by every store
    runner.run_message(absent.model_dump(mode="json"))
    assert receiver.received == []


def test_a_payload_that_is_no_message_is_ignored() -> None:
    runner.run_message({"module": "cleaning", "job": "x"})


def test_a_message_of_a_newer_oas_is_left_to_a_newer_worker(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    runner.run_message(cleaning.model_copy(update={"version": 99}).model_dump(mode="json"))
    assert receiver.received == []
    with pytest.raises(ObjectAbsent):
        storage().head(cleaning.result_key)
