"""/livez, /readyz, and who may read /metrics."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from oas import health
from oas.health import check_services
from oas.kernel.config import GliderConfig
from oas.kernel.documents import Documents
from oas.kernel.storage import Storage

NOWHERE = {"mongo_url": "mongodb://127.0.0.1:1", "s3_endpoint": "http://127.0.0.1:1"}
SERVICES = ("database", "redis", "mongodb", "s3")


@pytest.fixture
def closed(settings: Settings) -> GliderConfig:
    """A configuration whose services are at a port where no server listens."""
    from pydantic import SecretStr

    values = {"mongo_url": SecretStr(NOWHERE["mongo_url"]), "s3_endpoint": NOWHERE["s3_endpoint"]}
    changed: GliderConfig = settings.CONFIG.model_copy(update=values)
    return changed


def test_a_process_that_answers_is_alive(client: Client) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_ready_when_every_service_answers(client: Client) -> None:
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["down"]) == (200, "ok", [])
    assert tuple(body["parts"]) == SERVICES
    for service in body["parts"].values():
        assert service["status"] == "ok"
        assert 0 <= service["milliseconds"] < 3000


@pytest.mark.django_db(transaction=True)
def test_a_service_that_is_down_is_named(client: Client, closed: GliderConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "documents", lambda: Documents(closed))
    monkeypatch.setattr(health, "storage", lambda: Storage(closed))
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["down"]) == (503, "down", ["mongodb", "s3"])
    assert body["parts"]["database"]["status"] == "ok"
    assert body["parts"]["redis"]["status"] == "ok"
    assert "127.0.0.1" not in answer.text, "the text of the error goes to the log alone"


def test_a_service_that_hangs_costs_no_more_than_the_patience() -> None:
    let_go = threading.Event()
    try:
        services = check_services({"hangs": lambda: let_go.wait(30), "answers": lambda: None}, patience=0.1)
    finally:
        let_go.set()
    assert services["hangs"] == {"status": "down", "error": "no answer within 0.1 seconds"}
    assert services["answers"]["status"] == "ok"


def test_services_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=5)
    services = check_services(dict.fromkeys(("a", "b", "c"), together.wait))
    assert {service["status"] for service in services.values()} == {"ok"}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_a_probe_may_call_by_any_host_but_only_read(client: Client, path: str, db: None) -> None:
    assert client.get("/livez", headers={"Host": "10.1.2.3"}).status_code == 200
    assert client.post(path).status_code == 405


# --- access to /metrics ---


def test_without_a_token_only_private_addresses_see_measures(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="8.8.8.8").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


def test_behind_a_proxy_the_clients_address_counts(client: Client, settings: Settings) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"proxies": 1})
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1, 8.8.8.8"}).status_code == 404


def test_with_a_token_the_token_counts(client: Client, settings: Settings) -> None:
    from pydantic import SecretStr

    settings.CONFIG = settings.CONFIG.model_copy(update={"metrics_token": SecretStr("scrape-me")})
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-mé"}).status_code == 404
    good: Any = client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}, REMOTE_ADDR="8.8.8.8")
    assert good.status_code == 200
