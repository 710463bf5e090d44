"""Recognition of links: of Google Drive, of which only the id is used, or presigned by a storage system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from django.db.models import TextChoices

from fetcher.discard_reasons import ZIP_RULE
from oas.api.refusals import BadValue
from oas.kernel.http.safe_http import Blocked, refuse_form

MOST_CHARACTERS: Final = 4096
DRIVE_HOSTS: Final = frozenset({"drive.google.com", "docs.google.com", "drive.usercontent.google.com"})
_ID: Final = "[A-Za-z0-9_-]{10,128}"
_PREFIX: Final = r"^(?:/a/[^/]+)?"
_FILE: Final = re.compile(_PREFIX + rf"/(?:file|document|spreadsheets|presentation)(?:/u/\d+)?/d/({_ID})(?:/|$)")
_FOLDER: Final = re.compile(_PREFIX + rf"/drive(?:/mobile)?(?:/u/\d+)?(?:/mobile)?/folders/({_ID})(?:/|$)")
_BY_QUERY: Final = re.compile(_PREFIX + r"/(?:open|uc|download|folderview|embeddedfolderview|leaf)/?$")
_RESOURCE_KEY: Final = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_SIGNED: Final = re.compile(r"(^|[-_])(signature|sig|sign|token|authorization)$", re.IGNORECASE)
_ALIKE: Final = ("drive.google", "docs.google", "googleusercontent", "drive-google", "google-drive")


class Kind(TextChoices):
    """What a link is of."""

    DRIVE = "DRIVE"
    PRESIGNED = "PRESIGNED"


@dataclass(frozen=True)
class Link:
    """A recognised link. `id` and `resource_key` are those of Drive; `url` is the presigned one, empty for Drive.

    `shown` is the link without what gives access.
    """

    kind: Kind
    shown: str
    id: str = ""
    resource_key: str = ""
    url: str = ""


def recognise(text: str) -> Link:
    """Recognise a link. Raises `BadValue` of `url`: not_a_link, unsupported_link, address_not_allowed, zip_link."""
    text = text.strip()
    parsed = _parsed(text)
    host = parsed.raw_host.decode("ascii").lower()
    if parsed.userinfo or _is_disguised(host):
        raise _bad("unsupported_link", "The link's host is not what it looks like.")
    if host in DRIVE_HOSTS:
        return _drive(text, parsed)
    if any(name in host for name in _ALIKE):
        raise _bad("unsupported_link", "The link's host looks like Google Drive, but is not.")
    return _presigned(text, parsed)


def _parsed(text: str) -> httpx.URL:
    try:
        parsed = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise _bad("not_a_link", "This is not a link.") from None
    if len(text) > MOST_CHARACTERS or parsed.scheme not in ("https", "http") or not parsed.host:
        raise _bad("not_a_link", "This is not a link: it starts with https://.")
    return parsed


def _is_disguised(host: str) -> bool:
    # An internationalised name may look like another: no storage system has one.
    return any(label.startswith("xn--") for label in host.split("."))


# --- Drive ---


def _drive(text: str, parsed: httpx.URL) -> Link:
    if parsed.scheme != "https" or parsed.port not in (None, 443):
        raise _bad("unsupported_link", "A link of Google Drive starts with https:// and names no port.")
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(text).query).items()}
    id = _id_of(parsed.path, query)
    key = query.get("resourcekey", "")
    if id is None:
        text = "This link of Google Drive names no file or folder: use the one of its Share dialog."
        raise _bad("unsupported_link", text)
    return Link(Kind.DRIVE, shown=drive_address(id), id=id, resource_key=key if _RESOURCE_KEY.match(key) else "")


def _id_of(path: str, query: dict[str, str]) -> str | None:
    found = _FILE.match(path) or _FOLDER.match(path)
    if found:
        return found[1]
    if _BY_QUERY.match(path) and re.fullmatch(_ID, query.get("id", "")):
        return query["id"]
    return None


def drive_address(id: str) -> str:
    """Return a link of Drive without its resource key."""
    return f"https://drive.google.com/open?id={id}"


# --- presigned ---


def _presigned(text: str, parsed: httpx.URL) -> Link:
    try:
        refuse_form(text)
    except Blocked as error:
        raise _bad("address_not_allowed", str(error)) from None
    if not any(_SIGNED.search(name) for name in parsed.params):
        detail = "The link is neither of Google Drive nor presigned by a storage system (it carries no signature)."
        raise _bad("unsupported_link", detail)
    if unquote(parsed.path).lower().endswith(".zip"):
        raise _bad("zip_link", ZIP_RULE)
    return Link(Kind.PRESIGNED, shown=masked(text), url=text)


def masked(url: str) -> str:
    """Return a presigned link without its signature. One with a user name in it was refused before."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")


def _bad(code: str, text: str) -> BadValue:
    return BadValue(text, attr="url", code=code)
