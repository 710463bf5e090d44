"""A relay between Glider and OAS's webhook that loses, delays and doubles what passes it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PASSED_ON = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")
LATE = 3.0  # seconds by which a webhook is delayed


class WebhookRelay:
    """An HTTP server that passes webhooks on to the address `webhook()`.

    `fates` has what becomes of the next ones: lost, late or twice. `done` counts them.
    """

    def __init__(self, webhook: Callable[[], str]) -> None:
        self.webhook = webhook
        self.fates: deque[str] = deque()
        self.done: dict[str, int] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, name="webhooks", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/api/webhooks/glider/"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
                self.send_response(relay.take(body, headers))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Write nothing to the output of the tests."""

        return Handler

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Do with a webhook what its fate is, and return the status for Glider. A lost one is answered 200."""
        fate = self.fates.popleft() if self.fates else ""
        if not fate:
            return self.pass_on(body, headers)
        self.done[fate] = self.done.get(fate, 0) + 1
        if fate == "twice":
            threading.Thread(target=self.pass_on, args=(body, headers), daemon=True).start()
            return self.pass_on(body, headers)
        if fate == "late":
            threading.Timer(LATE, self.pass_on, args=(body, headers)).start()
        return 200

    def pass_on(self, body: bytes, headers: dict[str, str]) -> int:
        """Send it on and return the status of OAS; 502 when no response arrived."""
        with suppress(httpx.HTTPError):
            return httpx.post(self.webhook(), content=body, headers=headers, timeout=20, trust_env=False).status_code
        return 502
