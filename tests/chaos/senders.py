"""Senders of sales files, over HTTP only, which know the total of each (by the csv module and Decimal)."""

from __future__ import annotations

import csv
import io
import random
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from tests.glider.driving import distrokid

FILES = "/api/files/salesfiles/"
PATIENCE = 600.0  # seconds that one step may take, faults included
MOST_REIMPORTS = 4  # of a file that failed for no fault of its own
NOT_ITS_FAULT = {"lease_expired", "error", "object_absent", "object_changed"}
STORES = ("Spotify", "iTunes", "Deezer", "Amazon")
Json = dict[str, Any]


class OutOfPatience(Exception):
    """A step did not succeed within `PATIENCE`; the text names it."""


@dataclass
class Sent:
    """A file that was sent. `rows` and `total` are those of its content; `good` if it can be imported."""

    content: str
    rows: int
    total: Decimal
    good: bool
    id: int = 0
    uuid: str = ""
    accepted: bool = False
    deleted: bool = False
    reimports: int = 0


def content_of(dice: random.Random, salt: int, count: int) -> Sent:
    """Make a file of `count` random lines, and one that `salt` makes unlike that of any other file."""
    lines = [
        f"2025-0{dice.randint(1, 6)}|{dice.choice(STORES)}|Song {n % 30}|QZAAA25{n % 30:05}|19800000{n % 7:04}|"
        f"{dice.randint(1, 90)}|{Decimal(dice.randint(-(10**8), 10**11)).scaleb(-12):f}"
        for n in range(count)
    ]
    lines.append(f"2025-01|Spotify|Salt|||1|0.{salt:016d}")
    text = distrokid(*lines)
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    total = sum((Decimal(row["Earnings (USD)"]) for row in rows), Decimal(0))
    return Sent(text, len(rows), total, good=True)


def bad_content(salt: int) -> Sent:
    return Sent(f"Artist,Title,Money\nA,B,{salt}\n", 0, Decimal(0), good=False)


@dataclass
class Record:
    """What all senders together have sent and seen. `problems` are what must not happen."""

    sent: list[Sent] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.answers[what] += 1

    def problem(self, what: str) -> None:
        with self.lock:
            self.problems.append(what)


class Sender:
    """A client that sends one file after the other.

    It tries again, as any client must: a request whose answer was lost may have been carried out.
    """

    def __init__(self, url: str, key: str, seed: int, record: Record) -> None:
        self.http = httpx.Client(base_url=url, headers={"X-Api-Key": key}, timeout=20, trust_env=False)
        self.dice = random.Random(seed)
        self.record = record

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            sent = self._new()
            try:
                self.life(sent)
            except (OutOfPatience, KeyError, ValueError) as error:
                self.record.problem(f"sales file {sent.id or '(not made)'}: {type(error).__name__} {error}")

    def _new(self) -> Sent:
        salt = secrets.randbelow(10**16)
        if self.dice.random() < 0.06:
            return bad_content(salt)
        count = self.dice.choice((5, 30, 30, 200, 200, 3000, 20_000))
        return content_of(self.dice, salt, count)

    def life(self, sent: Sent) -> None:
        """Create, upload and clean `sent` and wait for it; reimport some of them, delete others."""
        self._create(sent)
        with self.record.lock:
            self.record.sent.append(sent)
        self._upload(sent)
        self._clean(sent)
        file = self.wait_for_rest(sent)
        if file["status"] != "FINALIZED":
            return
        fate = self.dice.random()
        if fate < 0.2:
            self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "reimport"})
            sent.reimports += 1
            self.wait_for_rest(sent)
        elif fate < 0.3:
            answer = self.ask("DELETE", f"{FILES}{sent.id}/", ok=(204, 404, 409))
            sent.deleted = answer.status_code != 409

    def _create(self, sent: Sent) -> None:
        fields = {
            "filename": "chaos.tsv",
            "filetype": "TSV",
            "filesize": len(sent.content.encode()),
            "mongo_db_id": secrets.token_hex(12),
        }
        answer = self.ask("POST", FILES, ok=(201, 400), json=fields)
        made = answer.json() if answer.status_code == 201 else self._made_before(fields["mongo_db_id"], answer)
        sent.id, sent.uuid = made["id"], made["uuid"]

    def _made_before(self, mongo_db_id: Any, answer: httpx.Response) -> Json:
        """Find the file of an earlier try whose answer was lost."""
        for made in self.ask("GET", FILES, params={"page_size": 100}).json()["results"]:
            if made["mongo_db_id"] == mongo_db_id:
                found: Json = made
                return found
        raise OutOfPatience(f"create: {answer.text}")

    def _upload(self, sent: Sent) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            link = self.ask("POST", f"{FILES}{sent.id}/process/", json={"action": "upload"}).json()["presigned_url"]
            try:
                if httpx.put(link, content=sent.content.encode(), timeout=20, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            self.record.note("upload tried again")
            time.sleep(0.3)
        raise OutOfPatience("upload")

    def _clean(self, sent: Sent) -> None:
        """Start cleaning. A 409 may mean that an earlier try was taken and its answer lost, so the status decides."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "clean"})
            status = self.file(sent)["status"]
            if status not in ("INITIALIZED", "UPLOADING"):
                sent.accepted = True
                return
            self.record.note(f"clean refused: {_code(answer)}")
            self._upload(sent)
        raise OutOfPatience("clean")

    def wait_for_rest(self, sent: Sent) -> Json:
        """Wait until the file is at rest, and reimport it, as a person would, if it failed for no fault of its own."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            file = self.file(sent)
            if file["status"] == "FINALIZED":
                return file
            if file["status"] == "FAILED":
                if file["status_cause"] not in NOT_ITS_FAULT or sent.reimports >= MOST_REIMPORTS:
                    return file
                self.record.note(f"failed: {file['status_cause']}")
                sent.reimports += 1
                self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "reimport"})
            time.sleep(0.25)
        raise OutOfPatience(f"still {file['status']} {file['status_cause']}")

    def file(self, sent: Sent) -> Json:
        found: Json = self.ask("GET", f"{FILES}{sent.id}/").json()
        return found

    def ask(self, method: str, path: str, *, ok: tuple[int, ...] = (200, 202), **options: Any) -> httpx.Response:
        """Ask until the status is one of `ok`. Any other but 429 and 503 is a problem. Raises `OutOfPatience`."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, path, **options)
            except httpx.HTTPError as error:
                self.record.note(type(error).__name__)
            else:
                if answer.status_code in ok:
                    return answer
                self._note(method, path, answer)
            time.sleep(0.2)
        raise OutOfPatience(f"{method} {path}")

    def _note(self, method: str, path: str, answer: httpx.Response) -> None:
        if answer.status_code == 503:
            self.record.note(f"503 {_service(answer)}")
            return
        self.record.note(str(answer.status_code))
        if answer.status_code != 429:
            self.record.problem(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["errors"][0]["code"])
    except (ValueError, KeyError, IndexError):
        return str(answer.status_code)


def _service(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["errors"][0]["part"])
    except (ValueError, KeyError, IndexError):
        return "without a name"
