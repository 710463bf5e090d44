"""A server that speaks as much of the Drive API v3 as OAS uses, and words its errors as Google does.

files.list (q, pageToken, pageSize), files.get, alt=media with Range, export, and the token endpoint of service
accounts. Faults are switched on file by file: see `Drive.fail`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
SHEET = "application/vnd.google-apps.spreadsheet"
DOCUMENT = "application/vnd.google-apps.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOKEN = "token-of-a-service-account"
PAGE = b"<!DOCTYPE html><html><head><title>Virus scan warning</title></head><body>too large</body></html>"
LIMIT = 60.0  # seconds that a held download waits


@dataclass
class Entry:
    id: str
    name: str
    mime: str
    parent: str
    content: bytes = b""
    shared: bool = True
    target: str = ""
    resource_key: str = ""
    md5: str = ""
    modified: str = "2025-08-01T10:00:00.000Z"

    def shown(self, targets: dict[str, Entry]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "kind": "drive#file", "id": self.id, "name": self.name, "mimeType": self.mime,
            "modifiedTime": self.modified, "trashed": False,
        }  # fmt: skip
        if not self.mime.startswith("application/vnd.google-apps."):
            found |= {"size": str(len(self.content)), "md5Checksum": self.md5}
        if self.resource_key:
            found["resourceKey"] = self.resource_key
        if self.mime == SHORTCUT:
            aim = targets.get(self.target)
            found["shortcutDetails"] = {"targetId": self.target, "targetMimeType": aim.mime if aim else ""}
        return found


@dataclass
class Drive:
    """What is in it, what was asked of it, and what goes wrong."""

    key: str = "AIza-stand-in"
    most_per_page: int = 1000
    entries: dict[str, Entry] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # what, id, Range
    faults: dict[tuple[str, str], deque[str]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[str, threading.Event] = field(default_factory=dict)
    reached: dict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))
    address: str = ""
    counter: int = 0

    # --- what is in it ---

    def folder(self, name: str, parent: str = "") -> str:
        return self._add(name, FOLDER, parent).id

    def file(self, name: str, content: bytes, parent: str = "", mime: str = "text/csv", **more: Any) -> str:
        entry = self._add(name, mime, parent, content=content, **more)
        entry.md5 = entry.md5 or hashlib.md5(content).hexdigest()
        return entry.id

    def sheet(self, name: str, content: bytes, parent: str = "") -> str:
        """A native Sheet; `content` is what it is exported as."""
        return self._add(name, SHEET, parent, content=content).id

    def document(self, name: str, parent: str = "") -> str:
        return self._add(name, DOCUMENT, parent).id

    def shortcut(self, name: str, target: str, parent: str = "") -> str:
        return self._add(name, SHORTCUT, parent, target=target).id

    def change(self, id: str, content: bytes) -> None:
        entry = self.entries[id]
        entry.content, entry.md5 = content, hashlib.md5(content).hexdigest()
        entry.modified = f"2025-08-02T10:00:{self.counter % 60:02}.000Z"

    def _add(self, name: str, mime: str, parent: str, **more: Any) -> Entry:
        self.counter += 1
        id = f"1{self.counter:05}{hashlib.sha256(f'{SALT}{self.counter}{name}'.encode()).hexdigest()[:26]}"
        self.entries[id] = Entry(id=id, name=name, mime=mime, parent=parent, **more)
        return self.entries[id]

    # --- what goes wrong ---

    def fail(self, what: str, id: str, fault: str, times: int = 1) -> None:
        """`what` is get, list, media or export; `fault` a reason of Google's, a status, or cut, html, garbage."""
        self.faults[what, id].extend([fault] * times)

    def hold(self, id: str) -> threading.Event:
        """The next chunk of this file but the first waits until the event is set."""
        self.held[id] = threading.Event()
        return self.held[id]

    def ranges(self, id: str) -> list[str]:
        return [bytes_ for what, asked, bytes_ in self.asked if what == "media" and asked == id]


SALT = secrets.token_hex(4)
_WORDS = {
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "usageLimits", "User Rate Limit Exceeded."),
    "dailyLimitExceeded": (403, "usageLimits", "Daily Limit Exceeded"),
    "downloadQuotaExceeded": (403, "usageLimits", "The download quota for this file has been exceeded."),
    "cannotDownloadFile": (403, "global", "This file cannot be downloaded by the user."),
    "cannotDownloadAbusiveFile": (403, "global", "This file has been identified as malware or spam."),
    "insufficientFilePermissions": (403, "global", "The user does not have sufficient permissions for this file."),
    "exportSizeLimitExceeded": (403, "global", "This file is too large to be exported."),
    "accessNotConfigured": (403, "usageLimits", "Google Drive API has not been used in project 1 before."),
    "keyInvalid": (400, "usageLimits", "API key not valid. Please pass a valid API key."),
    "429": (429, "usageLimits", "Too Many Requests"),
    "500": (500, "global", "Internal Error"),
    "503": (503, "global", "Backend Error"),
}


class Handler(BaseHTTPRequestHandler):
    drive: Drive
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._json(200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if not self._is_known(query):
            self._google(403, "global", "forbidden", "Method doesn't allow unregistered callers.")
        elif url.path == "/drive/v3/files":
            self._list(query)
        elif found := re.fullmatch(r"/drive/v3/files/([\w-]+)(/export)?", url.path):
            self._one(found[1], "export" if found[2] else "media" if query.get("alt") == "media" else "get")
        else:
            self._json(404, {})

    def _is_known(self, query: dict[str, str]) -> bool:
        return query.get("key") == self.drive.key or self.headers.get("authorization") == f"Bearer {TOKEN}"

    def _list(self, query: dict[str, str]) -> None:
        found = re.fullmatch(r"'([\w-]+)' in parents and trashed = false", query["q"])
        assert found, query["q"]
        id, start = found[1], int(query.get("pageToken", 0))
        self.drive.asked.append(("list", id, query.get("pageToken", "")))
        if self._failed("list", id) or self._absent(id):
            return
        inside = sorted((entry for entry in self.drive.entries.values() if entry.parent == id), key=lambda e: e.name)
        size = min(int(query["pageSize"]), self.drive.most_per_page)
        page: dict[str, Any] = {"files": [e.shown(self.drive.entries) for e in inside[start : start + size]]}
        if start + size < len(inside):
            page["nextPageToken"] = str(start + size)
        self._json(200, page)

    def _one(self, id: str, what: str) -> None:
        span = self.headers.get("range", "")
        self.drive.asked.append((what, id, span))
        if self._failed(what, id) or self._absent(id):
            return
        entry = self.drive.entries[id]
        if what == "get":
            self._json(200, entry.shown(self.drive.entries))
        elif what == "export":
            self._bytes(200, entry.content, XLSX)
        else:
            self._media(entry, span)

    def _media(self, entry: Entry, span: str) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", span)
        size = len(entry.content)
        if not found:
            return self._bytes(200, entry.content, entry.mime)
        first, last = int(found[1]), min(int(found[2]), size - 1)
        if first >= size:
            return self._bytes(416, b"", entry.mime, **{"content-range": f"bytes */{size}"})
        held = self.drive.held.get(entry.id)
        if held is not None and first > 0:
            self.drive.reached[entry.id].set()
            held.wait(LIMIT)
        where = {"content-range": f"bytes {first}-{last}/{size}"}
        return self._bytes(206, entry.content[first : last + 1], entry.mime, **where)

    def _absent(self, id: str) -> bool:
        """Private and deleted look the same from outside."""
        entry = self.drive.entries.get(id)
        keys = self.headers.get("x-goog-drive-resource-keys", "").split(",")
        if entry and entry.shared and (not entry.resource_key or f"{id}/{entry.resource_key}" in keys):
            return False
        self._google(404, "global", "notFound", f"File not found: {id}.")
        return True

    def _failed(self, what: str, id: str) -> bool:
        waiting = self.drive.faults[what, id]
        if not waiting:
            return False
        fault = waiting.popleft()
        if fault == "cut":
            self._cut(self.drive.entries[id])
        elif fault == "html":
            self._bytes(200, PAGE, "text/html; charset=utf-8")
        elif fault == "garbage":
            self._bytes(200, b"[not what you wanted", "application/json")
        else:
            status, domain, text = _WORDS[fault]
            self._google(status, domain, fault if not fault.isdecimal() else "backendError", text)
        return True

    def _cut(self, entry: Entry) -> None:
        """Half of the body, and then nothing."""
        self.send_response(206)
        self.send_header("content-length", str(len(entry.content)))
        self.send_header("content-range", f"bytes 0-{len(entry.content) - 1}/{len(entry.content)}")
        self.end_headers()
        self.wfile.write(entry.content[: len(entry.content) // 2])
        self.close_connection = True

    def _google(self, status: int, domain: str, reason: str, text: str) -> None:
        errors = [{"message": text, "domain": domain, "reason": reason}]
        self._json(status, {"error": {"code": status, "message": text, "errors": errors}})

    def _json(self, status: int, body: object) -> None:
        self._bytes(status, json.dumps(body).encode(), "application/json; charset=UTF-8")

    def _bytes(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server:
    """Serves a `Drive` at `drive.address`. Use as a context manager."""

    def __init__(self) -> None:
        self.drive = Drive()
        handler = type("Bound", (Handler,), {"drive": self.drive})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.drive.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Drive:
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        return self.drive

    def __exit__(self, *_: object) -> None:
        for event in self.drive.held.values():
            event.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
