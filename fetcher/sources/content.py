"""The content of one file as a source gives it, and the kind of file by its name and first bytes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from oas.kernel.config import config
from oas.kernel.http.connection_watch import Watch
from oas.kernel.intake.text_intake import ZIP
from salesfiles.choices import FileType

CHUNK: Final = 8 * 1024 * 1024
ATTEMPTS: Final = 5  # of one request
MOST_PAUSE: Final = 30.0  # seconds
ARCHIVE: Final = FileType.ZIP
TYPES: Final = {f".{kind.value.lower()}": kind for kind in FileType}
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
    """The bytes of a file, in `pieces` that can be read once; `size` and `md5` as the source states them, or empty."""

    pieces: Iterator[bytes]
    size: int | None = None
    md5: str = ""


def type_of(name: str, mime: str = "") -> FileType | None:
    """Return the file type by the ending of `name`; without an ending, by `mime`. None for a type that is not taken."""
    ending = PurePosixPath(name).suffix.lower()
    return TYPES.get(ending) if ending else _MIME.get(mime.split(";")[0].strip().lower())


def is_zip(head: bytes) -> bool:
    """Return whether `head` begins a zip file that is no workbook; workbooks are zip files, too."""
    return head.startswith(ZIP) and not head[30:].startswith(_PACKAGED)


def is_web_page(head: bytes) -> bool:
    """Return whether `head` begins an HTML page, such as a login page that came instead of the file."""
    return head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML)


def clean_name(name: str, longest: int = 255) -> str:
    """Return `name` as one component of a path, of at most `longest` characters; it is cut in the middle."""
    name = "".join(each for each in name.replace("/", "_") if each.isprintable()).strip() or "file"
    return name if len(name) <= longest else name[: longest - 21] + "…" + name[-20:]


def pause(attempt: int, factor: float = 1.0) -> None:
    """Sleep before the next attempt: twice as long each time, spread at random.

    Source: AWS, "Exponential backoff and jitter".
    """
    time.sleep(min(MOST_PAUSE, random.uniform(0.5, 1) * config().link_backoff * factor * 2**attempt))


def most_seconds() -> float:
    """Return how many seconds the requests for one item may take together."""
    # They end before the limit of the task, which would end the process in the middle of whatever it does.
    return config().job_time_limit * 0.9


def watch(look: Callable[[], object]) -> Watch:
    """Return a watch over the requests for one item, whose lease `look` renews."""
    settings = config()
    return Watch(most_seconds(), settings.link_least_speed, settings.link_speed_window, look)


def too_large(size: int | None) -> bool:
    """Return whether `size` bytes are more than can be uploaded; an unknown size is not."""
    return size is not None and size > config().max_upload_bytes
