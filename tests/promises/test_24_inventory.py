"""Promise 24: the committed schema is the one of the code, and the one that is served."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.test import Client

from tests.oas.api.test_openapi import COMMITTED, generated, schema

METHODS = ("get", "post", "put", "patch", "delete")


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == generated()


def test_the_schema_that_is_served_is_the_same(client: Client) -> None:
    served = yaml.safe_load(client.get("/api/schema/", headers={"Accept": "application/yaml"}).content)
    assert served["paths"].keys() == schema()["paths"].keys()
    assert served["info"]["version"] == schema()["info"]["version"]


def test_every_operation_has_a_name_of_its_own() -> None:
    """Generated clients name their methods by it."""
    operations = [path[method] for path in schema()["paths"].values() for method in METHODS if method in path]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))


def test_the_changelog_has_entries() -> None:
    assert "## " in (Path(COMMITTED).parent / "CHANGELOG.md").read_text(encoding="utf-8")
