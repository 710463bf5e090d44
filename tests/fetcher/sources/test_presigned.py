"""Links that a storage system has presigned, against the object store of the tests."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from fetcher.models import Batch
from fetcher.services import batches
from fetcher.sources.content import CHUNK
from oas.kernel.config import config
from oas.kernel.storage import storage
from tests.fetcher.drive_stand_in import Drive
from tests.fetcher.playing import Worker, csv, files_of, items_of, objects, uploads

pytestmark = pytest.mark.django_db(transaction=True)
ROUTE = "/api/files/upload_automatically/"


def link(content: bytes, name: str = "july.tsv") -> str:
    key = f"elsewhere/{secrets.token_hex(4)}/{name}"
    storage().put_bytes(key, content)
    return storage().presigned_get(key)


def fetched(organisation: Organisation, worker: Worker, url: str) -> Batch:
    batch = batches.start(organisation=organisation, url=url, actor="alice")
    worker.run()
    batch.refresh_from_db()
    return batch


def test_a_presigned_file_goes_all_the_way(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    content = csv("1.50", "2.25")
    batch = fetched(organisation, worker, link(content))
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
    batch = batches.start(organisation=organisation, url=link(content))
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert (file.status, file.raw_size) == ("CLEANING", len(content))
    assert storage().get_bytes(file.raw_key) == content
    assert uploads(organisation.pk) == 0


def test_it_is_accepted_over_http_and_its_signature_is_shown_to_nobody(
    alice_api: APIClient, drive: Drive, worker: Worker
) -> None:
    url = link(csv("1.00"))
    answer = alice_api.post(ROUTE, {"url": url})
    assert (answer.status_code, answer.json()["status"], answer.json()["files"]) == (202, "LISTING", 0)
    worker.run()
    body = alice_api.get(f"{ROUTE}{answer.json()['id']}/").json()
    assert (body["status"], body["files"], body["progress"]["percent"]) == ("DONE", 1, 100)
    assert body["url"] == url.split("?")[0] + "?…"
    assert "Signature" not in str(body)


def test_form_data_is_taken(alice_api: APIClient, drive: Drive, worker: Worker) -> None:
    form = urlencode({"url": link(csv("1.00"))})
    answer = alice_api.post(ROUTE, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 202
    assert alice_api.post(ROUTE, {"url": link(csv("2.00"))}, format="multipart").status_code == 202


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "empty.csv", "empty"),
        (b"a picture", "cover.png", "unsupported_type"),
        (b"<!DOCTYPE html><html>sign in</html>", "july.csv", "web_page"),
        (b"PK\x03\x04" + b"\0" * 26 + b"july.csv" + b"\0" * 100, "july.csv", "zip_link"),
    ],
)
def test_what_is_no_sales_file_says_why_and_leaves_nothing(
    organisation: Organisation, drive: Drive, worker: Worker, content: bytes, name: str, reason: str
) -> None:
    batch = fetched(organisation, worker, link(content, name))
    assert [found[1] for found in items_of(batch).values()] == [reason]
    assert (files_of(batch), objects(organisation.pk), batch.status) == ([], [], "DONE")


def test_the_same_content_again_is_a_duplicate(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    content = csv("1.00")
    fetched(organisation, worker, link(content))
    again = fetched(organisation, worker, link(content, "copy.tsv"))
    assert items_of(again) == {"copy.tsv": ("DISCARDED", "duplicate")}
    assert len(objects(organisation.pk)) == 1


def test_a_link_that_has_expired_says_so(organisation: Organisation, drive: Drive, worker: Worker) -> None:
    url = link(csv("1.00")).replace("X-Amz-Signature=", "X-Amz-Signature=0")
    assert list(items_of(fetched(organisation, worker, url)).values()) == [("DISCARDED", "link_refused")]


def test_a_zip_is_refused_with_the_rule(alice_api: APIClient, drive: Drive) -> None:
    answer = alice_api.post(ROUTE, {"url": link(b"PK", "all.zip")})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["attr"]) == (400, "zip_link", "url")
    assert "must not lead to a zip file" in error["detail"]
    assert not Batch.everything.exists()


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
        with suppress(OSError):  # nobody listens any more
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


def test_a_link_that_expires_in_the_middle_says_so(
    organisation: Organisation, store: tuple[type[Store], str], worker: Worker
) -> None:
    kind, url = store
    kind.then = "expires"
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    assert list(items_of(batch).values()) == [("DISCARDED", "link_refused")]
    assert (files_of(batch), objects(organisation.pk), uploads(organisation.pk)) == ([], [], 0)


def test_a_file_that_changes_in_the_middle_is_fetched_anew(
    organisation: Organisation, store: tuple[type[Store], str], worker: Worker
) -> None:
    kind, url = store
    kind.then = "changes"
    batch = batches.start(organisation=organisation, url=url)
    worker.run(glider=False)
    (file,) = files_of(batch)
    assert storage().get_bytes(file.raw_key) == kind.content
    assert [offset > 0 for offset in offsets(kind)] == [False, True, False]
