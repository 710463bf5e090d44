from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import progress_key
from jobs.services import leases
from oas.kernel.broker import redis_client
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import cleaning_file, finalized_file, job_of, new_file

ROUTE = "/api/files/salesfiles/"


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200
    return [file["id"] for file in answer.json()["results"]]


def test_the_newest_come_first_in_pages(alice_api: APIClient, organisation: Organisation) -> None:
    files = [new_file(organisation).pk for _ in range(5)]
    body = alice_api.get(ROUTE, {"page_size": 2, "page": 2}).json()
    assert (body["count"], [file["id"] for file in body["results"]]) == (5, [files[2], files[1]])
    assert "page=3" in body["next"]


@pytest.mark.parametrize("asked", [{}, {"status__in": ["FINALIZED", "FAILED"]}])
def test_files_are_counted_in_an_index_alone(organisation: Organisation, asked: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # which a table of few rows would be read by
    counted = SalesFile.objects.of(organisation).filter(**asked).order_by().values("status")
    assert "Index Only Scan using sales_files_counted" in counted.explain()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=FAILED", "a"),
        ("status=FAILED&status=FINALIZED", "ab"),
        ("filetype=TSV", "b"),
        ("reporting_period=2025-02", "b"),
        ("upload_mode=AUTOMATICALLY", "c"),
        ("source_format=distrokid", "a"),
        ("search=APR", "a"),
        ("search=00000000000000000000000c", "c"),
        ("created_after=2025-03-01T00:00:00Z", "bc"),
        ("created_before=2025-03-01T00:00:00Z", "a"),
        ("created_after=2025-03-01T00:00:00Z&created_before=2025-04-01T00:00:00Z", "b"),
        ("status=FAILED&filetype=TSV", ""),
    ],
)
def test_filters(alice_api: APIClient, organisation: Organisation, query: str, found: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "a": {"filename": "april.csv", "status": "FAILED", "source_format": "distrokid"},
        "b": {"filetype": "TSV", "reporting_period": "2025-02", "status": "FINALIZED"},
        "c": {"upload_mode": "AUTOMATICALLY", "mongo_db_id": "00000000000000000000000c"},
    }
    names = {}
    for month, (name, fields) in enumerate(kinds.items(), start=2):
        file = new_file(organisation)
        created = datetime(2025, month, 10, tzinfo=UTC)
        SalesFile.everything.filter(pk=file.pk).update(**fields, created_at=created)
        names[file.pk] = name
    assert sorted(names[id] for id in ids(alice_api.get(f"{ROUTE}?{query}"))) == list(found)


@pytest.mark.parametrize("query", ["status=LOST", "filetype=PDF", "created_after=soon"])
def test_a_filter_that_makes_no_sense_is_400(alice_api: APIClient, query: str) -> None:
    assert alice_api.get(f"{ROUTE}?{query}").status_code == 400


@pytest.mark.parametrize("order", ["filename", "-filename"])
def test_ordering(alice_api: APIClient, organisation: Organisation, order: str) -> None:
    files = {name: new_file(organisation, filename=name).pk for name in ("b", "a", "c")}
    names = sorted(files, reverse=order.startswith("-"))
    assert ids(alice_api.get(ROUTE, {"ordering": order})) == [files[name] for name in names]


def test_a_file_at_work_shows_its_progress(alice_api: APIClient, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    leases.client().set(progress_key(job_of(file).pk), json.dumps({"percent": 40, "rows": 1200}), ex=60)
    shown = {"module": "cleaning", "percent": 40, "rows": 1200}
    assert alice_api.get(f"{ROUTE}{file.pk}/").json()["progress"] == shown
    assert alice_api.get(ROUTE).json()["results"][0]["progress"] == shown


@pytest.mark.parametrize("told", [b"no json", b"[]", b'{"percent": "x"}', b'{"percent": 900}', b'{"percent": -1}'])
def test_progress_that_makes_no_sense_harms_nobody(
    alice_api: APIClient, organisation: Organisation, told: bytes
) -> None:
    file = cleaning_file(organisation)
    leases.client().set(progress_key(job_of(file).pk), told, ex=60)
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


def test_the_history_tells_every_change(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    body = alice_api.get(f"{ROUTE}{file.pk}/history/").json()
    assert body["count"] == 7
    first, last = body["results"][0], body["results"][-1]
    assert (first["from_status"], first["to_status"], first["job"]) == ("INITIALIZED", "UPLOADING", None)
    assert (last["from_status"], last["to_status"], last["actor"]) == ("PROCESSED", "FINALIZED", "glider")


@pytest.mark.parametrize("path", ["", "{id}/", "{id}/history/", "{id}/rejects/", "{id}/snapshot/"])
def test_the_number_of_queries_does_not_grow_with_the_files(
    alice_api: APIClient,
    organisation: Organisation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    path: str,
) -> None:
    file = finalized_file(organisation)
    cleaning_file(organisation)
    for _ in range(8):
        new_file(organisation)
    address = ROUTE + path.format(id=file.pk)
    with django_assert_max_num_queries(5):  # two for who asks; the list counts as well
        assert alice_api.get(address).status_code == 200


def test_the_rejected_lines_come_by_link(alice_api: APIClient, organisation: Organisation) -> None:
    import httpx

    file = finalized_file(organisation)
    url = alice_api.get(f"{ROUTE}{file.pk}/rejects/").json()["url"]
    answer = httpx.get(url)
    assert (answer.status_code, answer.text) == (200, "{}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.uuid}-rejects.csv.gz"'


def test_without_rejected_lines_there_is_no_link(alice_api: APIClient, organisation: Organisation) -> None:
    answer = alice_api.get(f"{ROUTE}{new_file(organisation).pk}/rejects/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "no_rejects")
