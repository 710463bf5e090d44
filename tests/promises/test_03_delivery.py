"""Promise 3: Glider notifies a few times and no longer. The sweep finds what did not arrive (test_08).

OAS calls no address of its users, so webhooks and mail are all that is delivered.
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

FINISHED = JobFinished(job=UUID(int=7), organisation=1, module=Module.CLEANING, status="succeeded")


class Receiver:
    """An HTTP server that answers with `statuses`, one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.statuses, self.paths = [200], list[str]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                receiver.paths.append(self.path)
                left = receiver.statuses
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/here"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(notifier, "WAITS", (0.0, 0.0, 0.0))
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


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
def test_only_2xx_is_taken_and_a_refusal_is_final(
    receiver: Receiver, statuses: list[int], taken: bool, tries: int
) -> None:
    receiver.statuses = list(statuses)
    assert notifier.notify(FINISHED, receiver.url) is taken
    assert receiver.paths == ["/here"] * tries  # no redirect is followed


def test_a_receiver_that_is_not_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "WAITS", (0.0,))
    assert notifier.notify(FINISHED, "http://127.0.0.1:1/") is False


def test_every_wait_has_a_limit() -> None:
    waits = notifier.TIMEOUT
    assert max(limit or 3600 for limit in (waits.connect, waits.read, waits.write, waits.pool)) <= 20
    assert sum(notifier.WAITS) < 10
