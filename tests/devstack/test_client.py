"""The client of the public API: what it waits out, and what it raises."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from devstack import client as module
from devstack.client import Api, ApiError, TooSlow, is_at_rest

REFUSED = {"errors": [{"code": "duplicate_file", "attr": "filename", "detail": "It is there.", "first": {"id": 7}}]}


def api_that_answers(*answers: httpx.Response) -> tuple[Api, list[httpx.Request]]:
    """An `Api` that gets these answers, one after the other, the last one for ever; and what it asked."""
    left, asked = list(answers), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0) if len(left) > 1 else left[0]

    api = Api("http://oas.example", "key")
    api.client = httpx.Client(base_url="http://oas.example", transport=httpx.MockTransport(answer))
    return api, asked


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client would have slept."""
    slept: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    return slept


def test_429_and_503_are_waited_out_as_they_ask(waits: list[float]) -> None:
    busy = [httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(503)]
    api, asked = api_that_answers(*busy, httpx.Response(200, json={"id": 1}))

    assert api.ask("GET", "/") == {"id": 1}

    assert (waits, len(asked)) == ([3.0, 1.0], 3)


def test_a_server_that_stays_busy_is_given_up(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_LIMIT", -1.0)
    api, asked = api_that_answers(httpx.Response(503, json={"errors": [{"code": "service_down"}]}))

    with pytest.raises(ApiError, match="503 service_down"):
        api.ask("GET", "/")

    assert (waits, len(asked)) == ([], 1)


def test_a_refusal_has_its_code_and_facts() -> None:
    api, _ = api_that_answers(httpx.Response(409, json=REFUSED))

    with pytest.raises(ApiError) as refused:
        api.ask("POST", "/")

    assert (refused.value.status, refused.value.code, refused.value.facts["first"]) == (
        409,
        "duplicate_file",
        {"id": 7},
    )
    assert str(refused.value) == "409 duplicate_file: filename: It is there."


def test_an_answer_without_json_is_a_refusal_too() -> None:
    api, _ = api_that_answers(httpx.Response(502, text="Bad gateway"))

    with pytest.raises(ApiError, match="502 : Bad gateway"):
        api.ask("GET", "/")


def test_an_empty_answer_is_none() -> None:
    api, _ = api_that_answers(httpx.Response(204))

    assert api.ask("DELETE", "/") is None


@pytest.mark.parametrize(
    ("status", "cause", "rests"),
    [
        ("CLEANING", "", False),
        ("PROCESSED", "", False),
        ("PROCESSED", "control_totals", True),
        ("FINALIZED", "", True),
        ("FAILED", "no_rows", True),
    ],
)
def test_a_file_is_at_rest_when_it_waits_for_no_worker(status: str, cause: str, rests: bool) -> None:
    assert is_at_rest({"status": status, "status_cause": cause}) is rests


def test_a_file_is_followed_until_it_is_at_rest(waits: list[float]) -> None:
    seen = [{"status": status, "status_cause": ""} for status in ("CLEANING", "PROCESSING", "FINALIZED")]
    api, _ = api_that_answers(*[httpx.Response(200, json=file) for file in seen])

    assert list(api.follow(1)) == seen

    assert waits == [module.POLL] * 2


def test_a_file_that_takes_too_long_raises(waits: list[float]) -> None:
    api, _ = api_that_answers(httpx.Response(200, json={"status": "CLEANING", "status_cause": ""}))

    with pytest.raises(TooSlow, match=r"Sales file 1 is still CLEANING after 0 seconds\."):
        list(api.follow(1, patience=0))


def test_the_file_with_a_content_is_found_on_a_later_page(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(b"content")
    sha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    pages: list[dict[str, Any]] = [
        {"results": [{"id": 1, "sha256": "0"}], "next": "/second"},
        {"results": [{"id": 2, "sha256": sha256}], "next": None},
    ]
    api, asked = api_that_answers(*[httpx.Response(200, json=page) for page in pages])

    assert api.with_content(path) == {"id": 2, "sha256": sha256}

    assert [request.url.path for request in asked] == ["/api/files/salesfiles/", "/second"]
