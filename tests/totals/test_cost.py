"""What the summary costs: a number of queries that has nothing to do with the number of files."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Organisation
from tests.totals.driving import finalized, random_content
from totals.services import sql

ADDRESS = "/api/sales/summary/"
QUESTIONS: list[tuple[dict[str, Any], int]] = [
    ({}, 5),
    ({"from": "2025-02", "to": "2025-03"}, 5),
    ({"by": "track"}, 7),
    ({"by": "period"}, 5),
    ({"by": "dsp", "series": "month", "from": "2025-01"}, 8),
]


def cost(api: APIClient, question: dict[str, Any], **headers: str) -> tuple[int, int]:
    """The number of queries on the tables of the summary, and of others, which find the caller."""
    with CaptureQueriesContext(connection) as queries:
        assert api.get(ADDRESS, question, headers=headers).status_code in (200, 304)
    texts = [query["sql"] for query in queries.captured_queries]
    own = sum("totals_summary" in text for text in texts)
    return own, len(texts) - own


@pytest.mark.parametrize(("question", "most"), QUESTIONS)
def test_the_number_of_queries_does_not_grow_with_files(
    organisation: Organisation, key_api: APIClient, question: dict[str, Any], most: int
) -> None:
    finalized(organisation, random_content(0))
    key_api.get(ADDRESS)
    few = cost(key_api, question)
    for seed in range(1, 7):
        finalized(organisation, random_content(seed, tracks=40))
    many = cost(key_api, question)
    assert few == many
    assert many[0] <= most
    assert many[1] <= 2


def test_what_has_not_changed_costs_one_query(organisation: Organisation, key_api: APIClient) -> None:
    finalized(organisation, random_content(0))
    etag = key_api.get(ADDRESS)["ETag"]
    assert cost(key_api, {}, **{"If-None-Match": etag})[0] == 1


def test_new_entries_are_found_before_they_are_written(organisation: Organisation) -> None:
    """A plan is made for the table before the statement: an empty one would be read from end to end for every line."""
    values: dict[str, Any] = {"organisation": organisation.pk, "scopes": [1], "bounded": True}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.BEGIN)
        cursor.execute(sql.CREATE_SUMS, values)
        cursor.execute(sql.CREATE_CHANGE, values)
        cursor.execute(f"EXPLAIN {sql.ADD_ENTRIES}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Insert on totals_summaryentry" in plan
    assert "Scan on totals_summaryentry" not in plan
