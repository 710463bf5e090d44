"""A web server that sends its one file as slowly as a test wants, and notes when the other side has gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 20.0  # seconds that one answer takes at most


class SlowHost:
    """Sends `content` in pieces of `piece` bytes with `pause` seconds between them, and stops after `held` bytes until
    `go_on` is set. `sent`: some bytes are on their way; `gone`: the connection was closed before the end."""

    def __init__(self, content: bytes, piece: int, pause: float, held: int | None) -> None:
        self.content, self.piece, self.pause, self.held = content, piece, pause, held
        self.sent, self.go_on, self.gone, self._stop = (threading.Event() for _ in range(4))
        self.asked = 0
        host = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                host.asked += 1
                self.send_response(200)
                self.send_header("content-length", str(len(host.content)))
                self.end_headers()
                host.answer(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"http://{self.place}/july.tsv?sig=abc"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        try:
            for start in range(0, len(self.content), self.piece):
                self._hold(handler, start)
                handler.wfile.write(self.content[start : start + self.piece])
                self.sent.set()
                if self._stop.wait(self.pause):
                    return
        except OSError:
            self.gone.set()

    def _hold(self, handler: BaseHTTPRequestHandler, start: int) -> None:
        """Wait at `held` bytes until `go_on`, or until the other side closes its end."""
        if self.held is None or start < self.held or self.go_on.is_set():
            return
        handler.connection.settimeout(0.05)
        for _ in range(int(LIMIT / 0.05)):
            if self.go_on.is_set() or self._stop.is_set():
                return
            try:
                if handler.connection.recv(1) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                continue

    def end(self) -> None:
        self._stop.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def slow_host(content: bytes, *, piece: int = 1, pause: float = 0.0, held: int | None = None) -> Iterator[SlowHost]:
    host = SlowHost(content, piece, pause, held)
    threading.Thread(target=host.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield host
    finally:
        host.end()
