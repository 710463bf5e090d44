"""Download of a presigned link through the client that reaches public addresses only, resumed when it is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import Message
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import ATTEMPTS, Content, clean_name, most_seconds, pause
from oas.kernel.config import config
from oas.kernel.http import safe_http

log = structlog.get_logger(__name__)
_TOTAL: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Download:
    """The download of one file. A context manager; entering it sends the request. Raises `Discard`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stack = ExitStack()

    def __enter__(self) -> Download:
        self.answer = self._opened(0)
        headers = self.answer.headers
        self.etag = headers.get("etag", "")
        # If-Range takes strong ETags only (RFC 9110, 13.1.5): with a weak one the content may differ in bytes.
        self.resumable = bool(self.etag) and not self.etag.startswith("W/")
        self.mime = headers.get("content-type", "")
        self.name = clean_name(_name_in(headers.get("content-disposition", "")) or _name_of(self.answer.url))
        length = headers.get("content-length", "")
        self.size = int(length) if length.isdecimal() and "content-encoding" not in headers else None
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    @property
    def content(self) -> Content:
        return Content(self._pieces(), size=self.size)

    def _opened(self, offset: int) -> safe_http.Answer:
        """Return an answer of 200 or 206; errors that may pass are tried again. Raises `Discard`."""
        for attempt in range(ATTEMPTS):
            try:
                answer = self._asked(offset)
            except safe_http.TooSlow as error:
                raise Discard(Reason.TOO_SLOW, str(error)) from error
            except safe_http.Broken as error:
                log.info("link_broken", error=str(error), attempt=attempt)
                problem = Discard(Reason.BROKEN)
            else:
                if answer.status in (200, 206):
                    return answer
                problem = Discard(*_refusal(answer.status))
                if problem.reason != Reason.BROKEN:
                    raise problem
            pause(attempt)
        raise problem

    def _asked(self, offset: int) -> safe_http.Answer:
        self.stack.close()
        headers = {"range": f"bytes={offset}-", "if-range": self.etag} if offset else {}
        limit = config().max_upload_bytes + 1
        try:
            asked = safe_http.request(self.url, headers=headers, most_bytes=limit, seconds=most_seconds())
            return self.stack.enter_context(asked)
        except safe_http.Blocked as error:
            raise Discard(Reason.BLOCKED, str(error)) from error

    def _pieces(self) -> Iterator[bytes]:
        """Yield the content. A download that is cut is resumed where it ended, as long as each attempt brings bytes."""
        done = 0
        while True:
            before = done
            try:
                for piece in self.answer.pieces:
                    done += len(piece)
                    yield piece
                return
            except safe_http.TooLong as error:
                raise Discard(Reason.TOO_LARGE) from error
            except safe_http.TooSlow as error:
                raise Discard(Reason.TOO_SLOW, str(error)) from error
            except safe_http.Broken as error:
                log.info("link_cut", error=str(error), done=done)
                if not self.resumable or done == before:
                    raise Discard(Reason.BROKEN) from error
            pause(0)
            self._resume(done)

    def _resume(self, done: int) -> None:
        self.answer = self._opened(done)
        found = _TOTAL.match(self.answer.headers.get("content-range", ""))
        if self.answer.status != 206 or found is None or int(found[1]) != done:
            raise Discard(Reason.CHANGED)


def _refusal(status: int) -> tuple[Reason, str]:
    # Some storage systems answer 400, not 403, to an expired signature.
    if status in (400, 401, 403, 410):
        return Reason.EXPIRED, f"The storage system refuses the link ({status}): it has expired, or was changed."
    if status == 404:
        return Reason.NOT_SHARED, "There is no file at the link any more."
    if status == 429 or status >= 500:
        return Reason.BROKEN, ""
    return Reason.EXPIRED, f"The storage system answers {status}."


def _name_in(disposition: str) -> str:
    """Return the file name of a Content-Disposition header, also in the notation of RFC 5987."""
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename() or ""


def _name_of(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
