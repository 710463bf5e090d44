"""Glider rings a few times and no longer; what nobody heard is found by the sweep (tests/salesfiles/test_sweeping.py).

OAS calls no address of its users, so there is nothing else to deliver than the bell and mail.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from glider import notifier
from glider.contract import JobFinished, Module

BELL = JobFinished(job=UUID(int=7), organisation=1, module=Module.CLEANING, status="succeeded")


class Ear:
    """Answers with `statuses`, one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.statuses, self.heard = [200], list[str]()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                ear.heard.append(self.path)
                self.send_response(ear.statuses.pop(0) if len(ear.statuses) > 1 else ear.statuses[0])
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/here"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    monkeypatch.setattr(notifier, "WAITS", (0.0, 0.0, 0.0))
    ear = Ear()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()


@pytest.mark.parametrize(
    ("statuses", "taken", "tries"),
    [
        ([200], True, 1),
        ([500, 503, 200], True, 3),
        ([429, 200], True, 2),
        ([500], False, 4),
        ([302], False, 1),
        ([307], False, 1),
        ([404], False, 1),
        ([410], False, 1),
    ],
)
def test_only_2xx_is_taken_and_a_refusal_is_final(ear: Ear, statuses: list[int], taken: bool, tries: int) -> None:
    ear.statuses = list(statuses)
    assert notifier.notify(BELL, ear.url) is taken
    assert ear.heard == ["/here"] * tries  # no redirect is followed


def test_nobody_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "WAITS", (0.0,))
    assert notifier.notify(BELL, "http://127.0.0.1:1/") is False


def test_every_wait_has_a_limit() -> None:
    waits = notifier.TIMEOUT
    assert max(limit or 3600 for limit in (waits.connect, waits.read, waits.write, waits.pool)) <= 20
    assert sum(notifier.WAITS) < 10
