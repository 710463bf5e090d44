"""What is in the logs, and what never is."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from accounts.models import Organisation
from accounts.services import create_key
from oas.kernel.config import Config, GliderConfig, config
from oas.kernel.logs import MASK, _receive, _send, bind_trace, logging_dict, trace

Lines = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


class Captured:
    """What the real formatter would have written."""

    def __init__(self, settings: GliderConfig) -> None:
        build = logging_dict(settings)["formatters"]["oas"]
        self.formatter = build["()"](build["config"])
        self.text: list[str] = []

    def handler(self) -> logging.Handler:
        handler = logging.Handler()
        handler.emit = lambda record: self.text.append(self.formatter.format(record))  # type: ignore[method-assign]
        return handler

    @property
    def lines(self) -> Lines:
        return [json.loads(line) for line in self.text]

    def find(self, event: str) -> dict[str, Any]:
        return next(line for line in self.lines if line["event"] == event)


@pytest.fixture
def captured() -> Iterator[Captured]:
    yield from _capture(config().model_copy(update={"log_json": True}))


@pytest.fixture
def readable() -> Iterator[Captured]:
    yield from _capture(config().model_copy(update={"log_json": False}))


def _capture(settings: GliderConfig) -> Iterator[Captured]:
    captured, root = Captured(settings), logging.getLogger()
    handler, level = captured.handler(), root.level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield captured
    root.removeHandler(handler)
    root.setLevel(level)


# --- ids ---


def test_a_request_leaves_one_line_with_its_ids(
    captured: Captured, alice_api: APIClient, organisation: Organisation
) -> None:
    answer = alice_api.get("/api/auth/me/?x=1", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    line = captured.find("request")
    assert line.pop("milliseconds") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "method": "GET",
        "path": "/api/auth/me/",
        "status": 200,
        "request_id": "from-the-proxy-1",
        "organisation": organisation.pk,
        "actor": "alice",
        "logger": "oas.middleware",
        "level": "info",
    }


@pytest.mark.parametrize("given", ["", "short", "x" * 65, 'a"b c d e f g', "line\nbreak1"])
def test_a_request_id_that_is_none_is_replaced(anonymous_api: APIClient, db: None, given: str) -> None:
    answer = anonymous_api.get("/livez", headers={"X-Request-ID": given})
    assert len(answer["X-Request-ID"]) == 32
    assert answer["X-Request-ID"] != given


def test_the_ids_of_one_request_are_not_the_next_ones(alice_api: APIClient, anonymous_api: APIClient) -> None:
    alice_api.get("/api/auth/me/")
    assert trace() == {}


def test_ids_travel_with_a_task(captured: Captured) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-1", organisation=7, actor="alice", file=3, secret="no")
    headers: dict[str, Any] = {}
    _send(headers)
    assert headers == {"oas_trace": {"request_id": "r-1", "organisation": "7", "actor": "alice", "file": "3"}}
    structlog.contextvars.clear_contextvars()
    task = SimpleNamespace(name="salesfiles.sweep", request=SimpleNamespace(**headers))
    _receive(task=task, task_id="t-1")
    structlog.get_logger("worker").info("swept")
    line = captured.find("swept")
    assert (line["request_id"], line["file"], line["task"], line["task_id"]) == ("r-1", "3", "salesfiles.sweep", "t-1")


def test_a_task_without_ids_inherits_none(captured: Captured) -> None:
    structlog.contextvars.bind_contextvars(request_id="of-the-task-before")
    _receive(task=SimpleNamespace(name="t", request=SimpleNamespace()), task_id="1")
    assert trace() == {}


def test_only_known_names_are_bound() -> None:
    bind_trace({"request_id": "r", "level": "debug", "event": "x"})
    assert structlog.contextvars.get_contextvars() == {"request_id": "r"}


def test_lines_of_libraries_look_the_same(captured: Captured) -> None:
    logging.getLogger("kombu").warning("lost %s of %d", "connection", 2)
    line = captured.find("lost connection of 2")
    assert (line["logger"], line["level"]) == ("kombu", "warning")


def test_lines_can_be_readable_too(readable: Captured) -> None:
    structlog.get_logger("x").info("hello", file=3)
    assert any("hello" in line and "file=3" in line for line in readable.text)


# --- secrets ---


def secrets_of(settings: Config) -> dict[str, str]:
    return {
        "secret_key": settings.secret_key.get_secret_value(),
        "s3_secret_key": settings.s3_secret_key.get_secret_value(),
        "webhook_secret": settings.webhook_secret[0].get_secret_value(),
    }


FORMS = {
    "API key": "abcdefgh.0123456789abcdefghijABCDEFGHIJ01",
    "bearer token": "Bearer Zm9vYmFyYmF6cXV4",
    "webhook secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "password in an address": "postgresql://oas:hunter22@db.example/oas",
    "presigned link": "https://s3.example/k?X-Amz-Credential=AKIA42/2026&X-Amz-Signature=0123abcd&x=1",
}
PIECES = ("0123456789abcdefghijABCDEFGHIJ01", "Zm9vYmFyYmF6cXV4", "MfKQ9r8GKYqrTwjU", "hunter22", "0123abcd", "AKIA42")


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("json_lines", [True, False])
def test_what_looks_like_a_secret_is_masked(text: str, json_lines: bool) -> None:
    for written in _capture(config().model_copy(update={"log_json": json_lines})):
        captured, log = written, structlog.get_logger("x")
        log.info(f"said {text} aloud", value=text, nested={"deep": [text]})
        logging.getLogger("y").warning("sent %s", text)
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("broke")
    text = "\n".join(captured.text)
    assert MASK in text
    assert not [piece for piece in PIECES if piece in text]


def test_the_configured_secrets_are_masked_wherever_they_turn_up(captured: Captured) -> None:
    for secret in secrets_of(config()).values():
        structlog.get_logger("x").info(f"it is {secret}", other=secret)
    written = "\n".join(captured.text)
    for secret in secrets_of(config()).values():
        assert secret not in written


def test_a_field_that_is_named_like_a_secret_is_masked(captured: Captured) -> None:
    structlog.get_logger("x").info("e", password="p", api_key="k", Authorization="a", access_token="t", keys=3)
    line = captured.find("e")
    assert [line[name] for name in ("password", "api_key", "Authorization", "access_token")] == [MASK] * 4
    assert line["keys"] == 3


def test_ordinary_text_is_left_alone(captured: Captured) -> None:
    text = "file 12345678.parquet of https://s3.example/oas/key?x=1, job 0b7d4a64-6a3f-4c3e-9a6a-0f7e4a6f2f11"
    structlog.get_logger("x").info(text)
    assert captured.lines[-1]["event"] == text


def test_nothing_that_a_client_sends_as_a_secret_is_logged(
    captured: Captured, alice: User, organisation: Organisation, anonymous_api: APIClient
) -> None:
    _, text = create_key(organisation=organisation, name="k")
    anonymous_api.get("/api/auth/me/", headers={"X-Api-Key": text.text})
    anonymous_api.get("/api/auth/me/", headers={"X-Api-Key": f"{text.prefix}.{'w' * 32}"})
    anonymous_api.get(f"/api/auth/me/?key={text.text}")
    anonymous_api.get(f"/api/nothing/{text.text}/")
    login = {"username": "alice", "password": "alice-password-31415"}
    token = anonymous_api.post("/api/auth/login/", login).json()["token"]
    anonymous_api.post("/api/auth/login/", {**login, "password": "wrong-hunter22"})
    anonymous_api.get("/api/auth/me/", headers={"Authorization": f"Bearer {token}"})
    written = "\n".join(captured.text)
    assert len(captured.lines) >= 7
    for secret in (text.secret, "w" * 32, token, "alice-password-31415", "wrong-hunter22"):
        assert secret not in written


def test_a_traceback_shows_no_variables(captured: Captured) -> None:
    def break_with(password: str) -> None:
        raise ValueError("broke")

    try:
        break_with(" ".join(["correct", "horse"]))
    except ValueError:
        logging.getLogger("x").error("oops", exc_info=sys.exc_info())
    line = captured.find("oops")
    assert "ValueError: broke" in line["exception"]
    assert "correct horse" not in captured.text[-1]
