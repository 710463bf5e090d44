"""Promise 17: no organisation uses more than its share; a refusal names the limit and how long to wait.

(The limits themselves: tests/accounts/test_quotas.py, tests/salesfiles/test_quotas.py. Limits of one client:
tests/accounts/test_throttling.py. How often each route asks the database: test_queries.py.)
"""

from __future__ import annotations

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.status import WORKING
from tests.accounts.limits import limit
from tests.salesfiles.glider_stand_in import cleaning_file, new_file, uploaded_file

FILES = "/api/files/salesfiles/"
ME = "/api/auth/me/"


# --- files in flight ---


@pytest.mark.django_db
def test_a_file_too_many_is_refused_with_the_limit_and_the_wait(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = uploaded_file(limit(organisation, most_files_in_flight=1))
    cleaning_file(organisation)
    answer = alice_api.post(f"{FILES}{file.pk}/process/", {"action": "clean"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    error = answer.json()["errors"][0]
    assert (error["code"], error["limit"], error["most"]) == ("quota_reached", "files_in_flight", 1)
    assert "1 sales files in flight" in error["detail"]
    file.refresh_from_db()
    in_flight = SalesFile.objects.of(organisation).filter(status__in=WORKING).count()
    assert (file.status, file.jobs.count(), in_flight) == ("UPLOADING", 0, 1)


# --- bytes a day ---


@pytest.mark.django_db
def test_too_many_bytes_are_refused_until_midnight(alice_api: APIClient, organisation: Organisation) -> None:
    limit(organisation, most_bytes_a_day=100)
    with time_machine.travel("2026-01-05T23:59:00Z", tick=False):
        first, second = (new_file(organisation, filesize=51) for _ in range(2))
        answers = [alice_api.post(f"{FILES}{file.pk}/process/", {"action": "upload"}) for file in (first, second)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert answers[1]["Retry-After"] == "60"
    error = answers[1].json()["errors"][0]
    assert (error["limit"], error["most"]) == ("bytes_a_day", 100)
    second.refresh_from_db()
    assert (second.status, second.raw_key) == ("INITIALIZED", "")
    with time_machine.travel("2026-01-06T00:00:00Z", tick=False):
        assert alice_api.post(f"{FILES}{second.pk}/process/", {"action": "upload"}).status_code == 202


# --- requests a minute ---


@pytest.mark.django_db
def test_an_organisation_with_too_many_requests_is_refused(
    alice_api: APIClient, key_api: APIClient, charlie_api: APIClient, organisation: Organisation
) -> None:
    limit(organisation, most_requests_a_minute=3)
    with time_machine.travel("2026-01-05T12:00:40Z", tick=False):
        codes = [api.get(FILES).status_code for api in (alice_api, key_api, alice_api, key_api)]
        answer = alice_api.get(FILES)
        assert charlie_api.get(FILES).status_code == 200
    assert codes == [200, 200, 200, 429]
    assert answer["Retry-After"] == "20"
    error = answer.json()["errors"][0]
    assert (error["code"], error["limit"], error["most"]) == ("quota_reached", "requests_a_minute", 3)
