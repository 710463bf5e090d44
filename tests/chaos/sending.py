"""Clients that send files all the while, over HTTP only, and know what each must come to (csv module and Decimal)."""

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
PATIENCE = 600.0  # seconds that one step of a client may take, faults and all
MOST_AGAIN = 4  # reimports of a file that failed for no fault of its own
NOT_ITS_FAULT = {"lease_expired", "error", "object_absent", "object_changed"}
STORES = ("Spotify", "iTunes", "Deezer", "Amazon")
Json = dict[str, Any]


class OutOfPatience(Exception):
    """A step did not succeed in time; the text says which."""


@dataclass
class Sent:
    """A file on its way. `rows` and `total` are those its content has."""

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
class Ledger:
    """What the clients have seen, all together."""

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


class Client:
    """One sender. It tries again, as any client must, and never believes that a lost answer was a no."""

    def __init__(self, url: str, key: str, seed: int, ledger: Ledger) -> None:
        self.http = httpx.Client(base_url=url, headers={"X-Api-Key": key}, timeout=20, trust_env=False)
        self.dice = random.Random(seed)
        self.ledger = ledger

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            sent = self._new()
            try:
                self.life(sent)
            except (OutOfPatience, KeyError, ValueError) as error:
                self.ledger.problem(f"sales file {sent.id or '(not made)'}: {type(error).__name__} {error}")

    def _new(self) -> Sent:
        salt = secrets.randbelow(10**16)
        if self.dice.random() < 0.06:
            return bad_content(salt)
        count = self.dice.choice((5, 30, 30, 200, 200, 3000, 20_000))
        return content_of(self.dice, salt, count)

    def life(self, sent: Sent) -> None:
        """From made to through; some are imported again, some deleted."""
        self._create(sent)
        with self.ledger.lock:
            self.ledger.sent.append(sent)
        self._upload(sent)
        self._clean(sent)
        file = self.through(sent)
        if file["status"] != "FINALIZED":
            return
        fate = self.dice.random()
        if fate < 0.2:
            self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "reimport"})
            sent.reimports += 1
            self.through(sent)
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
        """The answer to an earlier try was lost on the way."""
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
            self.ledger.note("upload tried again")
            time.sleep(0.3)
        raise OutOfPatience("upload")

    def _clean(self, sent: Sent) -> None:
        """409 may mean that an earlier try was taken, and only its answer lost."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "clean"})
            status = self.file(sent)["status"]
            if status not in ("INITIALIZED", "UPLOADING"):
                sent.accepted = True
                return
            self.ledger.note(f"clean refused: {_code(answer)}")
            self._upload(sent)
        raise OutOfPatience("clean")

    def through(self, sent: Sent) -> Json:
        """The file at rest; one that failed for no fault of its own is imported again, as a person would."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            file = self.file(sent)
            if file["status"] == "FINALIZED":
                return file
            if file["status"] == "FAILED":
                if file["status_cause"] not in NOT_ITS_FAULT or sent.reimports >= MOST_AGAIN:
                    return file
                self.ledger.note(f"failed: {file['status_cause']}")
                sent.reimports += 1
                self.ask("POST", f"{FILES}{sent.id}/process/", ok=(202, 409), json={"action": "reimport"})
            time.sleep(0.25)
        raise OutOfPatience(f"still {file['status']} {file['status_cause']}")

    def file(self, sent: Sent) -> Json:
        found: Json = self.ask("GET", f"{FILES}{sent.id}/").json()
        return found

    def ask(self, method: str, path: str, *, ok: tuple[int, ...] = (200, 202), **options: Any) -> httpx.Response:
        """The answer, once it is one of `ok`. Anything but 429 and 503 is not to be expected, and noted."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, path, **options)
            except httpx.HTTPError as error:
                self.ledger.note(type(error).__name__)
            else:
                if answer.status_code in ok:
                    return answer
                self._note(method, path, answer)
            time.sleep(0.2)
        raise OutOfPatience(f"{method} {path}")

    def _note(self, method: str, path: str, answer: httpx.Response) -> None:
        if answer.status_code == 503:
            self.ledger.note(f"503 {_part(answer)}")
            return
        self.ledger.note(str(answer.status_code))
        if answer.status_code != 429:
            self.ledger.problem(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["errors"][0]["code"])
    except (ValueError, KeyError, IndexError):
        return str(answer.status_code)


def _part(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["errors"][0]["part"])
    except (ValueError, KeyError, IndexError):
        return "without a name"
