"""A client of the public API of OAS, as a customer's script would be: HTTP only, nothing else of ours."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

FILES = "/api/files/salesfiles/"
POLL = 0.25  # seconds between two looks at a file
PATIENCE = 1800.0  # seconds until a file must be at rest
BUSY_LIMIT = 120.0  # seconds of 429 and 503 answers that are waited out
AT_REST = {"FINALIZED", "FAILED"}

Json = dict[str, Any]


class ApiError(Exception):
    """The API refused a request: `code` and `facts` are those of the first error of its answer."""

    def __init__(self, status: int, facts: Json) -> None:
        self.status = status
        self.code = str(facts.get("code", ""))
        self.facts = facts
        attr = f"{facts['attr']}: " if facts.get("attr") else ""
        super().__init__(f"{status} {self.code}: {attr}{facts.get('detail', '')}")


class TooSlow(Exception):
    """A sales file was not at rest after the time given to it."""


class Api:
    """The API at `url`, used with the API key `key`. All paths begin with a slash."""

    def __init__(self, url: str, key: str) -> None:
        self.client = httpx.Client(base_url=url, headers={"X-Api-Key": key}, timeout=30, trust_env=False)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request and return the JSON of its answer, None when that is empty.

        A 429 or 503 is waited out as its Retry-After asks, for `BUSY_LIMIT` seconds in all. Raises `ApiError` for a
        refusal, httpx.HTTPError when no answer arrived.
        """
        until = time.monotonic() + BUSY_LIMIT
        while (answer := self.client.request(method, path, **options)).status_code in (429, 503):
            if time.monotonic() > until:
                break
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        if answer.is_error:
            raise ApiError(answer.status_code, _first_error(answer))
        return answer.json() if answer.content else None

    def create(self, path: Path) -> Json:
        """Create a sales file for the content of `path`; its type is the suffix."""
        fields = {
            "filename": path.name,
            "filetype": path.suffix.removeprefix(".").upper() or "CSV",
            "filesize": path.stat().st_size,
            "mongo_db_id": secrets.token_hex(12),
        }
        made: Json = self.ask("POST", FILES, json=fields)
        return made

    def process(self, file: int, action: str) -> Json:
        """Call `process` with `upload`, `clean` or `reimport`. Raises `ApiError`."""
        started: Json = self.ask("POST", f"{FILES}{file}/process/", json={"action": action})
        return started

    def upload(self, link: str, path: Path) -> None:
        """PUT the content of `path` straight to S3: the bytes never pass through OAS."""
        with path.open("rb") as content:
            size = {"Content-Length": str(path.stat().st_size)}
            answer = httpx.put(link, content=content, headers=size, timeout=300, trust_env=False)
        answer.raise_for_status()

    def file(self, file: int) -> Json:
        found: Json = self.ask("GET", f"{FILES}{file}/")
        return found

    def follow(self, file: int, patience: float = PATIENCE) -> Iterator[Json]:
        """Poll the file and yield it each time, until it is at rest or waits for a person. Raises `TooSlow`."""
        until = time.monotonic() + patience
        while True:
            seen = self.file(file)
            yield seen
            if is_at_rest(seen):
                return
            if time.monotonic() > until:
                raise TooSlow(f"Sales file {file} is still {seen['status']} after {patience:.0f} seconds.")
            time.sleep(POLL)

    def snapshot(self, file: int, limit: int) -> Json:
        totals: Json = self.ask("GET", f"{FILES}{file}/snapshot/", params={"limit": limit})
        return totals

    def delete(self, file: int) -> None:
        self.ask("DELETE", f"{FILES}{file}/")

    def with_content(self, path: Path) -> Json | None:
        """Return the finalised sales file with the content of `path`; None when there is none."""
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        link: str | None = f"{FILES}?status=FINALIZED&page_size=200"
        while link:
            page = self.ask("GET", link)
            for found in page["results"]:
                if found["sha256"] == sha256:
                    same: Json = found
                    return same
            link = page["next"]
        return None


def is_at_rest(file: Json) -> bool:
    """FINALIZED or FAILED, or PROCESSED with a cause, which waits for a person."""
    return file["status"] in AT_REST or (file["status"] == "PROCESSED" and bool(file["status_cause"]))


def _first_error(answer: httpx.Response) -> Json:
    try:
        facts: Json = answer.json()["errors"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return {"code": "", "detail": answer.text[:500]}
    return facts
