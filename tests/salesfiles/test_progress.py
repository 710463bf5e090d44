"""How far Glider is with the files it works on."""

from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import progress_key
from jobs.services import leases
from oas.kernel.broker import redis_client
from salesfiles.services.progress import progress_of
from tests.salesfiles.glider_stand_in import cleaning_file, finalized_file, job_of

ROUTE = "/api/files/salesfiles/"


def test_a_file_at_work_shows_its_progress(alice_api: APIClient, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    leases.client().set(progress_key(job_of(file).pk), json.dumps({"percent": 40, "rows": 1200}), ex=60)
    shown = {"module": "cleaning", "percent": 40, "rows": 1200}
    assert alice_api.get(f"{ROUTE}{file.pk}/").json()["progress"] == shown
    assert alice_api.get(ROUTE).json()["results"][0]["progress"] == shown


@pytest.mark.parametrize("text", [b"no json", b"[]", b'{"percent": "x"}', b'{"percent": 900}', b'{"percent": -1}'])
def test_progress_that_makes_no_sense_is_shown_as_a_number(
    alice_api: APIClient, organisation: Organisation, text: bytes
) -> None:
    file = cleaning_file(organisation)
    leases.client().set(progress_key(job_of(file).pk), text, ex=60)
    assert 0 <= alice_api.get(f"{ROUTE}{file.pk}/").json()["progress"]["percent"] <= 100


def test_without_redis_a_file_is_shown_all_the_same(
    alice_api: APIClient, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = cleaning_file(organisation)
    nowhere = redis_client("redis://127.0.0.1:1/0", timeout=1)
    monkeypatch.setattr(leases, "client", lambda: nowhere)
    progress = {"module": "cleaning", "percent": 0, "rows": 0}
    assert alice_api.get(f"{ROUTE}{file.pk}/").json()["progress"] == progress
    assert alice_api.get(ROUTE).json()["results"][0]["progress"] == progress


def test_a_file_at_rest_has_no_progress(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert alice_api.get(f"{ROUTE}{file.pk}/").json()["progress"] is None


def test_the_progress_of_many_files_is_one_request_to_redis(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, other, done = cleaning_file(organisation), cleaning_file(organisation), finalized_file(organisation)
    leases.client().set(progress_key(job_of(busy).pk), json.dumps({"percent": 40, "rows": 1200}), ex=60)
    asked, values = [], leases._values

    def counted(keys: list[str]) -> list[bytes | None]:
        asked.append(len(keys))
        return values(keys)

    monkeypatch.setattr(leases, "_values", counted)
    other.refresh_from_db()
    assert progress_of([busy, other, done]) == {
        busy.pk: {"module": "cleaning", "percent": 40, "rows": 1200},
        other.pk: {"module": "cleaning", "percent": 0, "rows": 0},
    }
    assert asked == [2]
