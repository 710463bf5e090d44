"""The OpenAPI schema: valid, complete, and the one that is committed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent.parent.parent
COMMITTED = ROOT / "openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}
Operation = tuple[str, dict[str, Any]]


@lru_cache(maxsize=1)
def generated() -> str:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    return out.getvalue()


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(generated())
    return found


def operations() -> Iterator[Operation]:
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def missing(complaint: Any) -> list[str]:
    """The operations about which `complaint` has something to report, each with its report."""
    return [f"{name}: {found}" for name, operation in operations() if (found := complaint(name, operation))]


def test_the_schema_is_valid_and_nothing_is_warned_about() -> None:
    assert generated().startswith("openapi: 3.1.0\n")


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == generated(), (
        "openapi.yaml is not what the code generates: run manage.py spectacular --file openapi.yaml"
    )


def test_the_schema_does_not_depend_on_the_environment() -> None:
    command = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--settings", "tests.settings"]
    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={}, capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.stdout == generated(), ended.stderr


def test_every_operation_has_a_summary_a_description_and_a_tag() -> None:
    tags = {tag["name"] for tag in schema()["tags"]}

    def complaint(name: str, operation: dict[str, Any]) -> list[str]:
        found = [field for field in ("summary", "description") if not operation.get(field)]
        return found + [tag for tag in operation.get("tags", ["no tag"]) if tag not in tags]

    assert missing(complaint) == []


def test_every_operation_has_an_example_of_what_it_answers() -> None:
    def complaint(name: str, operation: dict[str, Any]) -> list[str]:
        good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        contents = [content for answer in good.values() for content in answer.get("content", {}).values()]
        return ["no example"] if contents and not any(content.get("examples") for content in contents) else []

    assert missing(complaint) == []


def test_every_operation_that_takes_a_body_has_an_example_of_it() -> None:
    def complaint(name: str, operation: dict[str, Any]) -> list[str]:
        contents = operation.get("requestBody", {}).get("content", {})
        return ["no example"] if contents and not contents["application/json"].get("examples") else []

    assert missing(complaint) == []


def test_every_operation_has_its_errors_each_with_the_envelope_and_an_example() -> None:
    def complaint(name: str, operation: dict[str, Any]) -> list[str]:
        responses = operation["responses"]
        needed = {"500", "503"}
        needed |= {"401"} if operation.get("security") else set()
        needed |= {"404"} if "{" in name else set()
        needed |= {"400", "413", "415"} if "requestBody" in operation else set()
        found = sorted(needed - set(responses))
        for status in own_errors(operation):
            found += [f"{status} {word}" for word in _lacks(responses[status])]
        return found

    assert missing(complaint) == []


def own_errors(operation: dict[str, Any]) -> list[str]:
    """The errors that OAS makes itself; an address that is too long is answered by the web server."""
    return [status for status in operation["responses"] if status >= "400" and status != "414"]


def _lacks(answer: dict[str, Any]) -> list[str]:
    content = answer.get("content", {}).get("application/json", {})
    lacks = [] if answer.get("description") else ["description"]
    lacks += [] if content.get("examples") else ["example"]
    good = content.get("schema", {}).get("$ref") == "#/components/schemas/ErrorEnvelope"
    return lacks if good else [*lacks, "envelope"]


def test_the_examples_of_errors_have_the_shape_of_the_envelope() -> None:
    for name, operation in operations():
        for status in own_errors(operation):
            for example in operation["responses"][status]["content"]["application/json"]["examples"].values():
                value = example["value"]
                assert value["type"] in ("validation_error", "client_error", "server_error"), name
                assert (value["type"] == "server_error") == (status >= "500"), name
                assert {"code", "detail", "attr"} <= set(value["errors"][0]), name


def webhook() -> dict[str, Any]:
    found: dict[str, Any] = schema()["paths"]["/api/webhooks/glider/"]["post"]
    return found


def test_the_webhook_of_glider_is_documented() -> None:
    assert webhook()["summary"] == "A job has ended"
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= {
        each["name"] for each in webhook()["parameters"]
    }
    assert webhook()["requestBody"]["content"]["application/json"]["examples"]
    assert set(webhook()["responses"]) >= {"200", "400", "401", "404", "409"}


def test_the_webhook_in_the_schema_is_the_one_that_glider_sends() -> None:
    from glider.contract import JobFinished, Module

    reference = webhook()["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    component = schema()["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    assert set(component["properties"]) == set(JobFinished.model_fields)
    module = schema()["components"]["schemas"][component["properties"]["module"]["$ref"].rsplit("/", 1)[-1]]
    assert set(module["enum"]) == {each.value for each in Module}


def test_keys_tokens_and_sessions_have_schemes_of_their_own() -> None:
    schemes = schema()["components"]["securitySchemes"]
    assert schemes["ApiKey"] | {"description": ""} == {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "",
    }
    assert (schemes["Bearer"]["type"], schemes["Bearer"]["scheme"]) == ("http", "bearer")
    assert set(schemes) == {"ApiKey", "Bearer", "Session"}


def test_every_error_of_the_table_has_an_example_of_its_own_status() -> None:
    from oas.api.openapi import ERRORS

    for status, (description, example) in ERRORS.items():
        assert description.endswith(".")
        assert (example["type"] == "server_error") == (status >= "500")


@pytest.mark.parametrize("path", ["/api/auth/login/", "/api/auth/logout/", "/api/auth/me/"])
def test_the_routes_of_access_are_in_it(path: str) -> None:
    assert path in schema()["paths"]
