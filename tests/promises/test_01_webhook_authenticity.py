"""Promise 1: a webhook is signed with the secret, of the last five minutes, and has one effect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Organisation
from oas.kernel.config import config
from salesfiles.models import SalesFile, StatusChange
from tests.salesfiles.glider_stand_in import (
    ADDRESS,
    cleaned,
    cleaning_file,
    job_finished,
    job_of,
    leave,
    notify,
    signature,
)

FUZZ = examples(
    max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
HEADERS = ("HTTP_WEBHOOK_ID", "HTTP_WEBHOOK_TIMESTAMP", "HTTP_WEBHOOK_SIGNATURE")
HEADER = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
FIELDS = ("type", "job", "organisation", "module", "status")


@pytest.fixture
def file(organisation: Organisation) -> SalesFile:
    """A file in CLEANING whose job has left a good result."""
    file = cleaning_file(organisation)
    leave(job_of(file), cleaned(job_of(file)))
    return file


def untouched(file: SalesFile) -> bool:
    file.refresh_from_db()
    return file.status == "CLEANING" and not StatusChange.everything.filter(file=file, to_status="CLEANED").exists()


def test_a_signed_webhook_is_applied_once_and_its_repeat_has_no_second_effect(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    headers = signature(body)
    assert [notify(body, headers).json()["effect"] for _ in range(3)] == ["applied", "repeated", "repeated"]
    assert StatusChange.everything.filter(file=file, to_status="CLEANED").count() == 1


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=2), -timedelta(minutes=5, seconds=2)])
def test_a_signature_is_good_for_five_minutes_either_way(file: SalesFile, age: timedelta) -> None:
    body = job_finished(job_of(file))
    assert notify(body, signature(body, age=age)).status_code == 401
    assert untouched(file)


@pytest.mark.parametrize("missing", HEADERS)
def test_each_header_is_required(file: SalesFile, missing: str) -> None:
    body = job_finished(job_of(file))
    assert notify(body, {name: text for name, text in signature(body).items() if name != missing}).status_code == 401


@pytest.mark.parametrize("header", HEADERS)
def test_each_header_is_signed(file: SalesFile, header: str) -> None:
    """Another id or time than the one that was signed is refused."""
    body = job_finished(job_of(file))
    signed = signature(body)
    other = {
        "HTTP_WEBHOOK_ID": "msg_2",
        "HTTP_WEBHOOK_TIMESTAMP": str(int(signed["HTTP_WEBHOOK_TIMESTAMP"]) - 1),
        "HTTP_WEBHOOK_SIGNATURE": signature(body, id="msg_2")["HTTP_WEBHOOK_SIGNATURE"],
    }
    changed = signed | {header: other[header]}
    assert notify(body, changed).status_code == 401
    assert untouched(file)


def test_the_bytes_are_signed_and_not_the_json(file: SalesFile) -> None:
    body = job_finished(job_of(file))
    assert notify(json.dumps(json.loads(body), indent=1).encode(), signature(body)).status_code == 401
    assert untouched(file)


def test_secrets_are_compared_by_the_library_in_constant_time() -> None:
    import inspect

    from standardwebhooks.webhooks import Webhook

    assert "hmac.compare_digest" in inspect.getsource(Webhook.verify)
    assert all(secret.get_secret_value().startswith("whsec_") for secret in config().webhook_secret)


@FUZZ
@given(body=st.binary(max_size=2000), headers=st.tuples(HEADER, HEADER, HEADER))
def test_an_unsigned_request_is_refused(db: None, body: bytes, headers: tuple[str, str, str]) -> None:
    answer = post(body, dict(zip(HEADERS, headers, strict=True)))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "bad_signature")


@FUZZ
@given(cut=st.integers(0, 200), put=st.binary(max_size=4))
def test_no_change_of_a_body_keeps_its_signature(db: None, cut: int, put: bytes) -> None:
    body = json.dumps({"type": "job.finished", "job": "0" * 32, "organisation": 1, "module": "cleaning"}).encode()
    changed = body[:cut] + put + body[cut + len(put) :]
    if changed != body:
        assert post(changed, signature(body)).status_code == 401


@FUZZ
@given(body=JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_any_signed_body_gets_a_documented_answer(db: None, body: Any) -> None:
    """A Glider that sends nonsense causes no 500."""
    text = json.dumps(body).encode()
    assert post(text, signature(text)).status_code in (400, 404, 409)


def post(body: bytes, headers: dict[str, str]) -> Any:
    sent: dict[str, Any] = headers
    return Client(raise_request_exception=False).post(ADDRESS, body, content_type="application/json", **sent)
