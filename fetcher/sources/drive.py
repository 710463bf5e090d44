"""Google Drive: the files that a link leads to, and their content in chunks."""

from __future__ import annotations

import io
import json
import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from google.auth.exceptions import GoogleAuthError
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import ATTEMPTS, CHUNK, Content, clean_name
from fetcher.sources.google_client import drive_service
from oas.kernel.config import config

FOLDER: Final = "application/vnd.google-apps.folder"
SHORTCUT: Final = "application/vnd.google-apps.shortcut"
SHEET: Final = "application/vnd.google-apps.spreadsheet"
NATIVE: Final = "application/vnd.google-apps."
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIELDS: Final = (
    "id,name,mimeType,size,md5Checksum,modifiedTime,resourceKey,trashed,"
    "shortcutDetails(targetId,targetMimeType,targetResourceKey)"
)
PAGE: Final = 1000  # entries of one request, the most that Drive gives
LONGEST_PATH: Final = 2000
_REASONS: Final = {
    "notFound": Reason.NOT_SHARED,
    "forbidden": Reason.NOT_SHARED,
    "insufficientFilePermissions": Reason.NOT_SHARED,
    "insufficientPermissions": Reason.NOT_SHARED,
    "appNotAuthorizedToFile": Reason.NOT_SHARED,
    "domainPolicy": Reason.NOT_SHARED,
    "cannotDownloadFile": Reason.NO_DOWNLOAD,
    "fileNotDownloadable": Reason.NO_DOWNLOAD,
    "cannotDownloadAbusiveFile": Reason.ABUSE,
    "exportSizeLimitExceeded": Reason.TOO_LARGE,
    "downloadQuotaExceeded": Reason.QUOTA,
    "dailyLimitExceeded": Reason.QUOTA,
    "quotaExceeded": Reason.QUOTA,
    "rateLimitExceeded": Reason.QUOTA,
    "userRateLimitExceeded": Reason.QUOTA,
    "sharingRateLimitExceeded": Reason.QUOTA,
    "accessNotConfigured": Reason.SETUP,
    "keyInvalid": Reason.SETUP,
    "keyExpired": Reason.SETUP,
    "authError": Reason.SETUP,
    "required": Reason.SETUP,
    "ipRefererBlocked": Reason.SETUP,
}


@dataclass(frozen=True)
class Entry:
    """A file or folder as Drive lists it. `problem`: why it will not be fetched."""

    id: str
    name: str
    path: str
    mime: str = ""
    size: int | None = None
    md5: str = ""
    version: str = ""
    resource_key: str = ""
    problem: Discard | None = None

    @property
    def is_folder(self) -> bool:
        return self.mime == FOLDER

    @property
    def export(self) -> bool:
        return self.mime == SHEET

    @property
    def fingerprint(self) -> str:
        """Its id and content; the time of its last change where Drive has no checksum."""
        return f"drive:{self.id}:{self.md5 or self.version}"


def look_up(id: str, resource_key: str = "") -> Entry:
    """Return the file or folder with this id, or the target of a shortcut. Raises `Discard`."""
    request = drive_service().files().get(fileId=id, fields=FIELDS, supportsAllDrives=True)
    found = _executed(request, id, resource_key)
    if found.get("trashed"):
        raise Discard(Reason.NOT_SHARED, "It is in the bin of its owner.")
    entry = _entry(found, "", resource_key)
    return look_up(*_target(found)) if entry.mime == SHORTCUT else entry


def walk(folder: Entry) -> Iterator[Entry]:
    """Yield every file below `folder`. Sub-folders and shortcuts are followed, each folder once. Raises `Discard`.

    A sub-folder or shortcut that cannot be read is yielded as an entry with a problem.
    """
    waiting = deque([(folder, 0)])
    # A shortcut may lead to a folder above itself: without `seen` the walk would never end.
    seen = {folder.id}
    while waiting:
        current, depth = waiting.popleft()
        for entry in _contents(current, is_root=depth == 0):
            if not entry.is_folder:
                yield entry
            elif entry.id in seen:
                continue
            elif depth >= config().link_depth:
                yield replace(entry, problem=Discard(Reason.TOO_DEEP))
            else:
                seen.add(entry.id)
                waiting.append((entry, depth + 1))


def _contents(folder: Entry, *, is_root: bool) -> Iterator[Entry]:
    try:
        for found in _pages(folder):
            yield _followed(found, "" if is_root else f"{folder.path}/", folder)
    except Discard as problem:
        if is_root or problem.reason not in (Reason.NOT_SHARED, Reason.NO_DOWNLOAD):
            raise
        yield replace(folder, mime="", problem=problem)


def _pages(folder: Entry) -> Iterator[dict[str, Any]]:
    token = None
    while True:
        request = drive_service().files().list(
            q=f"'{folder.id}' in parents and trashed = false",
            fields=f"nextPageToken,files({FIELDS})",
            pageSize=PAGE,
            pageToken=token,
            orderBy="name",
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
        )  # fmt: skip
        page = _executed(request, folder.id, folder.resource_key)
        yield from page.get("files", [])
        token = page.get("nextPageToken")
        if not token:
            return


def _followed(found: dict[str, Any], above: str, folder: Entry) -> Entry:
    entry = _entry(found, above, "")
    if entry.mime != SHORTCUT:
        return entry
    try:
        target, key = _target(found)
        aim = look_up(target, key)
    except Discard as problem:
        if problem.reason in (Reason.SETUP, Reason.QUOTA, Reason.BROKEN):
            raise
        return replace(entry, mime="", problem=problem)
    return replace(aim, path=(above + aim.name)[-LONGEST_PATH:])


def _target(found: dict[str, Any]) -> tuple[str, str]:
    details = found.get("shortcutDetails") or {}
    if not details.get("targetId"):
        raise Discard(Reason.NOT_SHARED, "The shortcut leads nowhere.")
    return details["targetId"], details.get("targetResourceKey", "")


def _entry(found: dict[str, Any], above: str, resource_key: str) -> Entry:
    """Return the entry for a file resource of Drive. Raises `Discard` for a response that is none."""
    try:
        mime = str(found["mimeType"])
        name = clean_name(str(found["name"]), 250) + (".xlsx" if mime == SHEET else "")
        size = found.get("size")
        return Entry(
            id=str(found["id"])[:128],
            name=name,
            path=(above + name)[-LONGEST_PATH:],
            mime=mime,
            size=None if size is None else int(size),
            md5=str(found.get("md5Checksum", ""))[:32],
            version=str(found.get("modifiedTime", ""))[:40],
            resource_key=str(found.get("resourceKey") or resource_key)[:64],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Discard(Reason.BROKEN, "Google Drive answers something else than was asked for.") from error


# --- content ---


def content(entry: Entry) -> Content:
    """Return the content of `entry`, of a native Sheet as XLSX. Reading it raises `Discard`."""
    files = drive_service().files()
    if entry.export:
        request = files.export_media(fileId=entry.id, mimeType=XLSX)
    else:
        request = files.get_media(fileId=entry.id, supportsAllDrives=True)
    _add_key(request, entry.id, entry.resource_key)
    return Content(_chunks(request), size=None if entry.export else entry.size, md5=entry.md5)


def _chunks(request: Any) -> Iterator[bytes]:
    """Yield the content in chunks, each by a Range request of its own that is retried alone. Raises `Discard`."""
    held = io.BytesIO()
    download = MediaIoBaseDownload(held, request, chunksize=CHUNK)
    # Google's client has no setting for its backoff; its attributes for tests are the only way to set it.
    download._sleep, download._rand = _sleep, _spread
    done = False
    while not done:
        with _errors():
            _, done = download.next_chunk(num_retries=ATTEMPTS - 1)
        yield held.getvalue()
        held.seek(0)
        held.truncate()


def _executed(request: Any, id: str, resource_key: str) -> dict[str, Any]:
    _add_key(request, id, resource_key)
    request._sleep, request._rand = _sleep, _spread
    with _errors():
        found = request.execute(num_retries=ATTEMPTS - 1)
    if not isinstance(found, dict):
        raise Discard(Reason.BROKEN, "Google Drive answers something else than was asked for.")
    return found


def _add_key(request: Any, id: str, resource_key: str) -> None:
    # Links from before 2021 carry a key beside the id (Drive API, "Access link-shared files using resource keys").
    if resource_key:
        request.headers["X-Goog-Drive-Resource-Keys"] = f"{id}/{resource_key}"


def _sleep(seconds: float) -> None:
    time.sleep(seconds * config().link_backoff)


def _spread() -> float:
    return random.uniform(0.5, 1)


@contextmanager
def _errors() -> Iterator[None]:
    """Raise `Discard` with the reason for each error of Google's client."""
    try:
        yield
    except HttpError as error:
        raise _problem_of(error) from error
    except GoogleAuthError as error:
        raise Discard(Reason.SETUP, "Google does not take the service account.") from error
    except (ValueError, KeyError) as error:  # a body that is no JSON, or missing headers
        raise Discard(Reason.BROKEN, "Google Drive answers something else than was asked for.") from error
    except OSError as error:
        raise Discard(Reason.BROKEN, "Google Drive does not answer, or the connection was cut.") from error


def _problem_of(error: HttpError) -> Discard:
    status = int(error.resp.status)
    code = _error_code(error.content)
    if code in _REASONS:
        return Discard(_REASONS[code])
    if status == 404:
        return Discard(Reason.NOT_SHARED)
    if status == 429:
        return Discard(Reason.QUOTA)
    if status in (400, 401):
        return Discard(Reason.SETUP)
    return Discard(Reason.NOT_SHARED if status == 403 else Reason.BROKEN)


def _error_code(content: bytes) -> str:
    """Return `error.errors[0].reason` of a response, empty when there is none."""
    try:
        errors = json.loads(content)["error"]["errors"]
        return str(errors[0]["reason"])
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
