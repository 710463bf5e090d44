"""Links that a storage system has presigned, against the object store of the tests."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts.models import Organisation
from fetcher.services import batches
from fetcher.sources.content import CHUNK
from oas.kernel.config import config
from oas.kernel.storage import storage
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, fetched, files_of, items_of, objects, presigned_link, uploads

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_presigned_file_goes_all_the_way(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    content = csv("1.50", "2.25")
    batch = fetched(organisation, worker, presigned_link(content), glider=True)
    (file,) = files_of(batch)
    assert (file.status, file.total_local, file.total_rows) == ("FINALIZED", Decimal("3.75"), 2)
    assert (file.filename, file.filetype, file.filesize) == ("july.tsv", "TSV", len(content))
    assert (file.upload_mode, file.batch) == ("AUTOMATICALLY", batch)
    assert [change.actor for change in file.history.all()][:3] == ["alice"] * 3
    assert batch.status == "DONE"
    assert items_of(batch) == {"july.tsv": ("FINALIZED", "")}
    assert (len(objects(organisation.pk)), uploads(organisation.pk)) == (1, 0)


def test_a_file_of_several_parts(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    content = secrets.token_bytes(2 * CHUNK + 1)
    batch = batches.start(organisation=organisation, url=presigned_link(content))
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert (file.status, file.raw_size) == ("CLEANING", len(content))
    assert storage().get_bytes(file.raw_key) == content
    assert uploads(organisation.pk) == 0


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "empty.csv", "empty"),
        (b"a picture", "cover.png", "unsupported_type"),
        (b"<!DOCTYPE html><html>sign in</html>", "july.csv", "web_page"),
        (b"PK\x03\x04" + b"\0" * 26 + b"july.csv" + b"\0" * 100, "july.csv", "zip_link"),
    ],
)
def test_a_file_that_is_no_sales_file_has_its_reason_and_leaves_nothing(
    organisation: Organisation, drive: Drive, worker: Worker, content: bytes, name: str, reason: str
) -> None:
    batch = fetched(organisation, worker, presigned_link(content, name), glider=True)
    assert [found[1] for found in items_of(batch).values()] == [reason]
    assert (files_of(batch), objects(organisation.pk), batch.status) == ([], [], "DONE")


def test_an_expired_link_has_its_reason(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    url = presigned_link(csv("1.00")).replace("X-Amz-Signature=", "X-Amz-Signature=0")
    assert list(items_of(fetched(organisation, worker, url)).values()) == [("DISCARDED", "link_refused")]


# --- a store that breaks off ---


class Store(BaseHTTPRequestHandler):
    """Serves one file with an ETag; the first answer breaks off in the middle. `then`: how the next ones go on."""

    content = b""
    then = "resumes"
    asked: list[str]

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        span = self.headers.get("range", "")
        self.asked.append(span)
        first = offset_of(span)
        if first and self.then == "expires":
            self.send_error(403)
            return
        whole = bool(first) and self.then == "changes"
        body = self.content if whole else self.content[first:]
        self.send_response(206 if first and not whole else 200)
        self.send_header("etag", '"one"')
        self.send_header("content-length", str(len(body)))
        if first and not whole:
            self.send_header("content-range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        self.end_headers()
        with suppress(OSError):  # the client has left
            self.wfile.write(body[: len(body) // 2] if len(self.asked) == 1 else body)
        self.close_connection = True


def offset_of(span: str) -> int:
    return int(span.removeprefix("bytes=").rstrip("-") or 0)


def offsets(kind: type[Store]) -> list[int]:
    return [offset_of(span) for span in kind.asked]


@pytest.fixture
def store(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Store], str]]:
    """The store, and a link to its file."""
    kind = type("Bound", (Store,), {"asked": [], "content": secrets.token_bytes(CHUNK + 100_000)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    place = f"127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", place)
    config.cache_clear()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield kind, f"http://{place}/july.csv?sig=abc"
    server.shutdown()
    server.server_close()


def test_a_download_that_is_cut_goes_on_where_it_was(
    organisation: Organisation, store: tuple[type[Store], str], worker: Worker
) -> None:
    kind, url = store
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert storage().get_bytes(file.raw_key) == kind.content
    assert offsets(kind) == [0, offsets(kind)[1]]
    assert len(kind.content) // 4 < offsets(kind)[1] <= len(kind.content) // 2


def test_a_link_that_expires_in_the_middle_has_its_reason(
    organisation: Organisation, store: tuple[type[Store], str], worker: Worker
) -> None:
    kind, url = store
    kind.then = "expires"
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    assert list(items_of(batch).values()) == [("DISCARDED", "link_refused")]
    assert (files_of(batch), objects(organisation.pk), uploads(organisation.pk)) == ([], [], 0)


def test_a_file_that_changes_in_the_middle_is_fetched_again(
    organisation: Organisation, store: tuple[type[Store], str], worker: Worker
) -> None:
    kind, url = store
    kind.then = "changes"
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert storage().get_bytes(file.raw_key) == kind.content
    assert [offset > 0 for offset in offsets(kind)] == [False, True, False]
