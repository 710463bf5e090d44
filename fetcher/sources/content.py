"""What a source gives of one file, and what its first bytes tell."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from oas.kernel.config import config
from salesfiles.models import FileType

CHUNK: Final = 8 * 1024 * 1024
ATTEMPTS: Final = 5  # of one request
MOST_PAUSE: Final = 30.0  # seconds
ARCHIVE: Final = FileType.ZIP
TYPES: Final = {f".{kind.value.lower()}": kind for kind in FileType}
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PACKAGED: Final = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/", b"mimetype")
_HTML: Final = (b"<!doctype html", b"<html")
_MIME: Final = {
    "text/csv": FileType.CSV,
    "application/csv": FileType.CSV,
    "text/tab-separated-values": FileType.TSV,
    "text/plain": FileType.TXT,
    "application/vnd.ms-excel": FileType.XLS,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": FileType.XLSX,
    "application/gzip": FileType.GZ,
    "application/x-gzip": FileType.GZ,
    "application/zip": FileType.ZIP,
    "application/x-zip-compressed": FileType.ZIP,
}


@dataclass(frozen=True)
class Content:
    """`size` and `md5` as the source says them, None and empty where it does not; `pieces` are read once."""

    pieces: Iterator[bytes]
    size: int | None = None
    md5: str = ""


def type_of(name: str, mime: str = "") -> FileType | None:
    """Told by the name; where that has no ending, by what the source says."""
    ending = PurePosixPath(name).suffix.lower()
    return TYPES.get(ending) if ending else _MIME.get(mime.split(";")[0].strip().lower())


def is_zip(head: bytes) -> bool:
    """A zip file that is no workbook (those are zip files, too)."""
    return head.startswith(_ZIP) and not head[30:].startswith(_PACKAGED)


def is_web_page(head: bytes) -> bool:
    return head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML)


def clean_name(name: str, longest: int = 255) -> str:
    """A name as one part of a path. What is cut off is cut out of the middle: the ending matters."""
    name = "".join(each for each in name.replace("/", "_") if each.isprintable()).strip() or "file"
    return name if len(name) <= longest else name[: longest - 21] + "…" + name[-20:]


def pause(attempt: int, factor: float = 1.0) -> None:
    """Between two attempts: twice as long each time, spread at random (AWS, "Exponential backoff and jitter")."""
    time.sleep(min(MOST_PAUSE, random.uniform(0.5, 1) * config().link_backoff * factor * 2**attempt))


def too_large(size: int | None) -> bool:
    return size is not None and size > config().max_upload_bytes
