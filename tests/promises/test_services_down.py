"""A service that is down: each route that needs it answers 503 and names it; none answers 500."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from pymongo import MongoClient
from pytest_django import Settings

from jobs.services import leases
from oas.kernel.broker import redis_client
from oas.kernel.config import glider_config
from oas.kernel.documents import documents
from oas.kernel.storage import Storage, storage
from tests.promises.test_15_tenancy import ROUTES, ask, content
from tests.promises.world import World, people

NOWHERE = "redis://127.0.0.1:1/0"


def _fail(*args: Any) -> Any:
    raise OperationalError("the connection is closed")


@contextmanager
def database_down() -> Iterator[None]:
    with connection.execute_wrapper(_fail):
        yield


@contextmanager
def documents_down(patch: pytest.MonkeyPatch) -> Iterator[None]:
    client: MongoClient[Any] = MongoClient("mongodb://127.0.0.1:1", connect=False, serverSelectionTimeoutMS=20)
    with patch.context() as patched:
        patched.setattr(documents(), "client", client)
        patched.setattr(documents(), "database", client["oas"])
        yield
    client.close()


@contextmanager
def storage_down(patch: pytest.MonkeyPatch) -> Iterator[None]:
    nowhere = Storage(glider_config().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))
    nowhere.client.meta.config.retries = {"total_max_attempts": 1}  # type: ignore[attr-defined]
    with patch.context() as patched:
        patched.setattr(storage(), "client", nowhere.client)
        yield


@contextmanager
def redis_down(patch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    kept = settings.CACHES
    settings.CACHES = {"default": {**kept["default"], "LOCATION": NOWHERE}}
    nowhere = redis_client(NOWHERE, timeout=1)
    with patch.context() as patched:
        patched.setattr(leases, "client", lambda: nowhere)
        yield
    settings.CACHES = kept


@contextmanager
def down(service: str, patch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    how: dict[str, Any] = {
        "database": database_down,
        "mongodb": lambda: documents_down(patch),
        "s3": lambda: storage_down(patch),
        "redis": lambda: redis_down(patch, settings),
    }
    with how[service]():
        yield


def answers(world: World, service: str, patch: pytest.MonkeyPatch, settings: Settings) -> dict[str, tuple[int, str]]:
    """Return the status of each route, asked by an owner, and the service that a 503 names (as `part`)."""
    owner = people(world)["owner"]
    found = {}
    for route in ROUTES:
        with transaction.atomic():
            with down(service, patch, settings):
                answer = ask(owner, route, world)
                content(answer)  # a streamed answer is read while the service is down
            named = answer.json()["errors"][0].get("part", "") if answer.status_code == 503 else ""
            found[route["call"]] = (answer.status_code, named)
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("service", ["database", "mongodb", "s3", "redis"])
def test_every_route_names_the_service_that_is_down_or_does_without_it(
    service: str, world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    found = answers(world, service, monkeypatch, settings)
    refused = {call: named for call, (status, named) in found.items() if status == 503}
    assert {call: status for call, (status, _) in found.items() if status >= 500 and status != 503} == {}
    assert set(refused.values()) <= {service}
    least = {"database": 40, "mongodb": 2, "s3": 2, "redis": 0}[service]
    assert len(refused) >= least, refused
    if service == "redis":
        assert refused == {}  # throttles let pass, and jobs wait in the database until they can be dispatched
