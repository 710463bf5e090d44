"""Promise 17: no organisation uses more than its share; a refusal names the limit and how long to wait.

(How often each route asks the database: test_queries.py. Limits of one client: tests/accounts/test_throttling.py.)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import quotas
from accounts.models import BytesOfDay, Organisation
from oas.api.refusals import QuotaReached
from salesfiles.models import SalesFile
from salesfiles.services.processing import process
from salesfiles.services.sweeping import sweep
from salesfiles.status import WORKING, Action
from tests.salesfiles.glider_stand_in import CONTENT, cleaning_file, finalized_file, new_file, put, uploaded_file

FILES = "/api/files/salesfiles/"
ME = "/api/auth/me/"


def limit(organisation: Organisation, **most: int) -> Organisation:
    for name, number in most.items():
        setattr(organisation, name, number)
    organisation.save()
    return organisation


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Return what each call returned, or the limit that refused it."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return call()
        except QuotaReached as refused:
            return refused.facts["limit"]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


def in_flight(organisation: Organisation) -> int:
    return SalesFile.objects.of(organisation).filter(status__in=WORKING).count()


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
    assert (file.status, file.jobs.count(), in_flight(organisation)) == ("UPLOADING", 0, 1)


@pytest.mark.django_db
def test_the_limit_is_each_organisations_own(organisation: Organisation, other_organisation: Organisation) -> None:
    cleaning_file(limit(organisation, most_files_in_flight=1))
    cleaning_file(other_organisation)
    assert in_flight(other_organisation) == 1


@pytest.mark.django_db
def test_a_file_at_rest_does_not_count(organisation: Organisation) -> None:
    limit(organisation, most_files_in_flight=1)
    finalized_file(organisation)
    assert cleaning_file(organisation).status == "CLEANING"


@pytest.mark.django_db
def test_a_reimport_too_many_leaves_the_file_as_it_was(organisation: Organisation) -> None:
    done = finalized_file(organisation)
    limit(organisation, most_files_in_flight=0)
    with pytest.raises(QuotaReached):
        process(file=done, action=Action.REIMPORT)
    done.refresh_from_db()
    assert (done.status, done.revision, done.jobs.count()) == ("FINALIZED", 1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_no_more_than_the_limit_are_taken(organisation: Organisation) -> None:
    files = [uploaded_file(limit(organisation, most_files_in_flight=3)) for _ in range(8)]
    outcomes = at_once([lambda file=file: process(file=file, action=Action.CLEAN) and "in" for file in files])  # type: ignore[misc]
    assert (outcomes.count("in"), outcomes.count("files_in_flight"), in_flight(organisation)) == (3, 5, 3)


@pytest.mark.django_db(transaction=True)
def test_a_file_refused_at_the_last_moment_is_continued_when_there_is_room(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status="UPLOADED", updated_at="2026-01-01T00:00:00Z")
    limit(organisation, most_files_in_flight=0)
    sweep()
    file.refresh_from_db()
    assert file.status == "UPLOADED"
    limit(organisation, most_files_in_flight=1)
    sweep()
    file.refresh_from_db()
    assert file.status == "CLEANING"


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


@pytest.mark.django_db
def test_another_link_for_the_same_upload_costs_nothing(organisation: Organisation) -> None:
    file = new_file(organisation)
    for _ in range(3):
        process(file=file, action=Action.UPLOAD)
    assert quotas.bytes_today(organisation) == len(CONTENT)


@pytest.mark.django_db
def test_a_size_given_in_bits_counts_in_bytes_once_they_have_arrived(organisation: Organisation) -> None:
    content = CONTENT + secrets.token_hex(8).encode()
    file = new_file(organisation, content=content, filesize=8 * len(content))
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert quotas.bytes_today(organisation) == 8 * len(content)
    assert put(str(url), content) == 200
    process(file=file, action=Action.CLEAN)
    assert quotas.bytes_today(organisation) == len(content)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_no_more_bytes_than_the_limit_are_taken(organisation: Organisation) -> None:
    limit(organisation, most_bytes_a_day=1000)
    taken = at_once([lambda: quotas.take_bytes(organisation, 300)] * 8)
    assert (taken.count(True), quotas.bytes_today(organisation)) == (3, 900)
    assert BytesOfDay.objects.of(organisation).count() == 1


@pytest.mark.django_db
def test_the_first_bytes_of_an_organisation_have_the_same_limit(organisation: Organisation) -> None:
    assert not quotas.take_bytes(limit(organisation, most_bytes_a_day=10), 11)
    assert quotas.bytes_today(organisation) == 0


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


@pytest.mark.django_db
def test_the_defaults_are_those_of_the_settings(organisation: Organisation, settings: Settings) -> None:
    given = {"files_in_flight": 7, "bytes_a_day": 8, "organisation_requests_per_minute": 9}
    settings.CONFIG = settings.CONFIG.model_copy(update=given)
    found = (quotas.most_files(organisation), quotas.most_bytes(organisation), quotas.most_requests(organisation))
    assert found == (7, 8, 9)


@pytest.mark.django_db
def test_the_limits_of_an_organisation_are_set_in_the_admin(admin_client: Any, organisation: Organisation) -> None:
    address = f"/admin/accounts/organisation/{organisation.pk}/change/"
    assert b"most_bytes_a_day" in admin_client.get(address).content
    sent = {"name": organisation.name, "currency": "EUR", "most_files_in_flight": "5", "most_bytes_a_day": ""}
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert admin_client.post(address, sent | inline).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.most_files_in_flight, organisation.most_bytes_a_day) == (5, None)
