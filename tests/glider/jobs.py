"""Jobs on the real store, documents and Redis, and an HTTP server in the place of OAS."""

from __future__ import annotations

import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from glider import runner
from glider.contract import CleaningMessage, ImporterMessage
from oas.kernel import object_keys
from oas.kernel.storage import storage
from tests.glider.driving import distrokid

ORGANISATION = 77
CONTENT = distrokid(
    "2025-06|Spotify|Song One|QZAAA2500001||3|0.5",
    "2025-07|iTunes|Song Two|QZAAA2500002||-1|-0.69",
    "2025-07|iTunes|Song Two|QZAAA2500002||1|broken",
).encode()


class WebhookReceiver:
    """Takes notifications in the place of OAS: answers `status`, and has what it `received`."""

    def __init__(self) -> None:
        self.status = 200
        self.answers = threading.Event()  # answers wait until this is set
        self.answers.set()
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.answers.wait(30)
                receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def importer_message(cleaning: CleaningMessage) -> ImporterMessage:
    """The importer job that OAS would open for the result of `cleaning`."""
    job = uuid4()
    return ImporterMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=object_keys.result(ORGANISATION, job),
        callback_url=cleaning.callback_url,
        file=cleaning.file,
        cleaned_key=cleaning.cleaned_key,
        exchange_rates={"USD": Decimal("1")},
        cleaning=storage().get_json(cleaning.result_key),
    )


def run(message: CleaningMessage | ImporterMessage) -> dict[str, Any]:
    """Run the job of `message` as a worker would; returns its result object."""
    runner.run_message(message.model_dump(mode="json"))
    result: dict[str, Any] = storage().get_json(message.result_key)
    return result


def stored(prefix: str) -> dict[str, str]:
    """Key → ETag of every object under `prefix`."""
    return {item.key: item.etag for item in storage().list(prefix)}
