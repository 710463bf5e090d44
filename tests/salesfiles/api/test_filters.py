"""The list of sales files: pages, filters, order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import new_file

ROUTE = "/api/files/salesfiles/"
# All but the primary key, which rows of other tables refer to and which has no organisation.
DROP_OTHER_INDEXES = """
SELECT CASE WHEN conname IS NULL THEN format('DROP INDEX %I', indexname)
       ELSE format('ALTER TABLE salesfiles_salesfile DROP CONSTRAINT %I', conname) END
FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname
WHERE tablename = 'salesfiles_salesfile' AND indexname <> 'sales_files_counted' AND contype IS DISTINCT FROM 'p'
"""


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
        cursor.execute("SET LOCAL enable_seqscan = off")  # by which a table of few rows would be read
        # In an empty table every index costs the same, so the others are dropped until the test is rolled back.
        cursor.execute(DROP_OTHER_INDEXES)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
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
def test_filters_find_exactly_these_files(
    alice_api: APIClient, organisation: Organisation, query: str, found: str
) -> None:
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
def test_the_list_is_ordered_as_asked(alice_api: APIClient, organisation: Organisation, order: str) -> None:
    files = {name: new_file(organisation, filename=name).pk for name in ("b", "a", "c")}
    names = sorted(files, reverse=order.startswith("-"))
    assert ids(alice_api.get(ROUTE, {"ordering": order})) == [files[name] for name in names]
