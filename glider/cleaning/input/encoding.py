"""Text as files bring it, to UTF-8 with line feeds: byte order marks, UTF-16, cp1252, lone carriage returns, NULs.

The file is looked at once, chunk by chunk, and only written anew when something has to change.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy

from glider.contract import Cause
from glider.errors import JobFailed

Bytes = numpy.ndarray[Any, numpy.dtype[numpy.uint8]]
Found = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]
CHUNK: Final = 8 * 1024 * 1024
LOOK: Final = 96 * 1024  # small enough that all the looks at a chunk find it in the processor's cache
HEAD: Final = 64 * 1024
STRAY: Final = 50  # a lone carriage return in so many lines is a slip, not a line break
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KNOWN: Final = {
    b"%PDF": "a PDF document", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x7fELF": "a program", b"MZ": "a program", b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7-Zip archive",
    b"ID3": "a sound file", b"OggS": "a sound file", b"fLaC": "a sound file", b"RIFF": "a sound or film file",
    b"PAR1": "a Parquet file", b"SQLite format 3": "a database", b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive", b"(\xb5/\xfd": "a zstd archive",
}  # fmt: skip
_CONTROLS: Final = bytes(set(range(32)) - set(b"\0\t\n\r"))
_MARKUP: Final = (b"<!doctype", b"<html", b"<?xml", b"<table")


@dataclass(frozen=True)
class Text:
    """A file of text: UTF-8, lines ended by LF or CRLF. `lines` counts a last line without a line break too."""

    path: Path
    encoding: str
    lines: int
    decomposed: bool  # has combining accents, which are to be composed before texts are compared
    warnings: tuple[str, ...] = ()


class _Scan:
    """What one look over the bytes tells; `feed` is given the chunks in order."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.feeds = self.returns = self.pairs = self.nuls = self.invalid = self.size = 0
        self.accents = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._last = b"\n"

    def feed(self, chunk: bytes) -> None:
        view = numpy.frombuffer(chunk, dtype=numpy.uint8)
        self.size += len(chunk)
        feeds = view == 10
        self.feeds += int(numpy.count_nonzero(feeds))
        self._count_returns(chunk, view, feeds)
        self.nuls += chunk.count(b"\0") if b"\0" in chunk else 0
        self._last = chunk[-1:]
        if not chunk.isascii():
            self.accents = self.accents or b"\xcc" in chunk or b"\xcd" in chunk
            self._validate(chunk)
        elif self._decoder.getstate()[0]:  # a character was begun before it
            self._validate(chunk)

    def _count_returns(self, chunk: bytes, view: Bytes, feeds: Found) -> None:
        returns = view == 13
        self.returns += int(numpy.count_nonzero(returns))
        self.pairs += int(numpy.count_nonzero(returns[:-1] & feeds[1:]))
        if self._last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1

    def _validate(self, chunk: bytes) -> None:
        if self.invalid:
            return
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError:
            self.invalid = 1

    def finish(self) -> None:
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.invalid = 1

    @property
    def lines(self) -> int:
        return self.feeds + (0 if self._last == b"\n" or self.size == 0 else 1)

    @property
    def old_breaks(self) -> bool:
        """Lines end in lone carriage returns, as once on the Macintosh: all of them, or more than a stray one."""
        lone = self.returns - self.pairs
        return lone > 0 and lone * STRAY >= self.feeds


def open_text(path: Path, folder: Path, *, longest_line: int) -> Text:
    """Bring the file at `path` to UTF-8 with line feeds; raises `JobFailed` for what is no text.

    `folder` takes the file when it has to be written anew. `longest_line` is in bytes.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    bom, encoding = _bom(head)
    _refuse_known(head)
    if encoding not in (None, "utf-8"):
        return _finish(_rewrite(path, folder, str(encoding), skip=len(bom)), str(encoding), longest_line)
    scan = _scan(path, longest_line)
    if guess := _utf16_without_mark(head):
        return _finish(_rewrite(path, folder, guess, skip=0), guess, longest_line)
    _refuse_binary(head)
    warnings: tuple[str, ...] = ()
    encoding = "utf-8"
    if scan.invalid:
        encoding, warnings = _eight_bit(path)
    if scan.invalid or scan.nuls or scan.old_breaks:  # a mark alone stays: it is part of the first line, the header's
        path = _rewrite(path, folder, encoding, skip=len(bom))
        scan = _scan(path, longest_line)
    return Text(path, encoding, scan.lines, scan.accents, warnings)


def _finish(path: Path, encoding: str, longest_line: int) -> Text:
    scan = _scan(path, longest_line)
    return Text(path, encoding, scan.lines, scan.accents)


def _bom(head: bytes) -> tuple[bytes, str | None]:
    return next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", None))


def _scan(path: Path, longest_line: int) -> _Scan:
    scan = _Scan(longest_line)
    run = 0
    for chunk in _chunks(path, LOOK):
        scan.feed(chunk)
        run = _refuse_long_lines(chunk, run, longest_line)
    scan.finish()
    return scan


def _chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk


def _refuse_long_lines(chunk: bytes, run: int, longest: int) -> int:
    """Raise when a line goes on for more than twice `longest` bytes; returns the bytes since the last line break."""
    for start in range(0, len(chunk), longest):
        window = chunk[start : start + longest]
        last = max(window.rfind(b"\n"), window.rfind(b"\r"))
        run = run + len(window) if last < 0 else len(window) - last - 1
        if run > 2 * longest:
            raise JobFailed(Cause.NOT_A_TABLE, f"The file has a line of more than {longest} bytes: it is no table.")
    return run


def _refuse_known(head: bytes) -> None:
    for magic, what in _KNOWN.items():
        if head.startswith(magic):
            raise JobFailed(Cause.NOT_A_TABLE, f"The file is {what}, not a table of sales, whatever its name says.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        message = "The file is a web page or XML, whatever its name says; save it as CSV or as a workbook."
        raise JobFailed(Cause.NOT_A_TABLE, message)


def _refuse_binary(head: bytes) -> None:
    strange = len(head) - len(head.translate(None, _CONTROLS))
    if head and (strange + max(0, head.count(0) - 8)) / len(head) > 0.01:
        raise JobFailed(Cause.NOT_A_TABLE, "The file holds binary data, not text: it is no table of sales.")


def _utf16_without_mark(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.3 and even < odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) * 0.3 and odd < even / 10 else None


def _eight_bit(path: Path) -> tuple[str, tuple[str, ...]]:
    """cp1252, unless nearly all of the file is UTF-8 and a few bytes were damaged."""
    broken = whole = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        broken += text.count("\ufffd")
        whole += len(text) - len(text.encode("ascii", "ignore"))
    if whole - broken > 10 * broken:
        return "utf-8", (f"{broken} damaged characters were replaced by \ufffd.",)
    return "cp1252", ()


def _rewrite(path: Path, folder: Path, encoding: str, *, skip: int) -> Path:
    """Write the text anew as UTF-8, without NULs, lines ended by LF where they were ended by a lone CR."""
    target = folder / f"{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding != "cp1252" else "oas-latin")
    with path.open("rb") as source, target.open("wb") as file:
        source.seek(skip)
        held = False
        while chunk := source.read(CHUNK):
            text, held = _plain_breaks(decoder.decode(chunk), held)
            file.write(text.encode("utf-8", "replace"))
        text, _ = _plain_breaks(decoder.decode(b"", final=True), held)
        file.write(text.encode("utf-8", "replace"))
    return target


def _plain_breaks(text: str, after_return: bool) -> tuple[str, bool]:
    """CR, CRLF and LF to LF, also where a CRLF falls on the edge of two chunks."""
    if after_return and text.startswith("\n"):
        text = text[1:]
    ends_in_return = text.endswith("\r") or (not text and after_return)
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"), ends_in_return


def _latin(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that cp1252 leaves open are taken as in Latin-1."""
    if isinstance(error, UnicodeDecodeError):
        return error.object[error.start : error.end].decode("latin-1"), error.end
    raise error


codecs.register_error("oas-latin", _latin)
