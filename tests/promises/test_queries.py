"""Promise 17 for the database: each route makes as many queries as queries.toml has, however many rows there are.

`OAS_WRITE_QUERIES=1 pytest tests/promises/test_queries.py` writes the numbers; look at what has changed.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.promises.growing import grow
from tests.promises.test_15_tenancy import ROUTES, ask, content
from tests.promises.world import World, people

TABLE = Path(__file__).with_name("queries.toml")
HEAD = """# Queries of each route, as an owner asks it; savepoints are not counted. test_queries.py writes this file:
# one query more is a decision. A second row with the same call is marked (2).

"""
FEW, MANY = 2, 9  # more of everything
Statements = dict[str, list[str]]


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    seen: Counter[str] = Counter()
    for route in ROUTES:
        seen[route["call"]] += 1
        number = seen[route["call"]]
        yield route["call"] if number == 1 else f"{route['call']} ({number})", route


def asked(asking: APIClient, world: World) -> Statements:
    """Return the statements of each call. Each is made twice: the first time fills what is looked up once a process."""
    found = {}
    for name, route in calls():
        for _ in range(2):
            with transaction.atomic():
                with CaptureQueriesContext(connection) as queries:
                    content(ask(asking, route, world))
                transaction.set_rollback(True)
        found[name] = [query["sql"] for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]
    return found


def test_a_route_makes_as_many_queries_as_the_table_has_however_many_rows_there_are(world: World) -> None:
    owner = people(world)["owner"]
    grow(world, FEW)
    few = asked(owner, world)
    grow(world, MANY)
    many = asked(owner, world)
    assert more_often(few, many) == {}
    counts = {name: len(queries) for name, queries in many.items()}
    if os.environ.get("OAS_WRITE_QUERIES"):
        TABLE.write_text(HEAD + "".join(f'"{name}" = {count}\n' for name, count in counts.items()), encoding="utf-8")
    assert counts == tomllib.loads(TABLE.read_text(encoding="utf-8"))


def more_often(few: Statements, many: Statements) -> dict[str, list[str]]:
    """Return the calls with another number of statements in `many`, with the beginnings of those that were added."""
    return {name: _surplus(few[name], many[name]) for name in few if len(few[name]) != len(many[name])}


def _surplus(few: list[str], many: list[str]) -> list[str]:
    surplus = Counter(sql[:160] for sql in many) - Counter(sql[:160] for sql in few)
    return [f"{count} more: {beginning}" for beginning, count in surplus.items()]


def test_a_query_for_each_row_is_reported_with_its_beginning() -> None:
    assert more_often({"GET /a": ["SELECT 1"]}, {"GET /a": ["SELECT 1", "SELECT 1"]}) == {
        "GET /a": ["1 more: SELECT 1"]
    }
