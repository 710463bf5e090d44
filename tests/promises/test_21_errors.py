"""Promise 21: an error shows what a user can do, and nothing of how OAS is made."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider import runner
from glider.contract import MESSAGE, Cause, Module
from jobs.services.results import read_result
from tests.salesfiles.glider_stand_in import cleaning_file, failed, finish, job_of, new_file

INSIDE = ("Traceback", "/work", "/tmp", ".py", "psycopg", "SELECT", "django", "hunter2")


def test_a_bug_shows_a_client_nothing(
    alice_api: APIClient, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("hunter2 in /work/oas/secret.py")

    file = new_file(organisation)
    alice_api.raise_request_exception = False
    monkeypatch.setattr("salesfiles.api.views.etag_of", broken)
    answer = alice_api.get(f"/api/files/salesfiles/{file.pk}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (500, "error")
    assert not [word for word in INSIDE if word in answer.content.decode()]


def test_a_bug_of_glider_shows_neither_path_nor_value(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("hunter2 in /work/glider/secret.py")

    job = job_of(cleaning_file(organisation))
    monkeypatch.setitem(runner.RUNNERS, Module.CLEANING, broken)
    runner.run_job(MESSAGE.validate_python(job.message))
    result = read_result(job)
    assert (result.status, result.cause) == ("failed", Cause.ERROR)
    assert not [word for word in INSIDE if word in result.message]


def test_what_a_user_can_mend_is_shown_with_what_was_found(alice_api: APIClient, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file), failed(job_of(file), message="Columns found: a, b."))
    body = alice_api.get(f"/api/files/salesfiles/{file.pk}/").json()
    assert (body["status_cause"], body["error_message"]) == ("unknown_layout", "Columns found: a, b.")
    assert body["actions"] == ["upload", "reimport"]
