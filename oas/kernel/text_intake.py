"""Text as files bring it, to UTF-8 with line feeds: byte order marks, UTF-16, cp1252, lone carriage returns, NULs.

Sales files and catalogue imports are both taken in here: what a file is by its first bytes, a gzip file under limits,
one look at the text in chunks. Memory does not grow with the file, and a file is rewritten only when it has to change.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy

Bytes = numpy.ndarray[Any, numpy.dtype[numpy.uint8]]
Found = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second: an archive of nothing
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a compound file: workbooks up to Excel 2003
DELIMITERS: Final = ("\t", ",", ";", "|")
CHUNK: Final = 8 * 1024 * 1024
PIECE: Final = 1024 * 1024  # bytes inflated at a time; a smaller packed file counts as one piece
LOOK: Final = 96 * 1024  # small enough that all the looks at a chunk find it in the processor's cache
HEAD: Final = 64 * 1024
STRAY: Final = 50  # a lone carriage return in so many lines is a slip, not a line break
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 comes first: the mark of UTF-16 in little-endian order is the beginning of UTF-32's.
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


class Unreadable(Exception):
    """The file cannot be taken in as a table. `code` is for programs, the text for the user."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Text:
    """A file of text: UTF-8, perhaps with its mark, lines ended by LF or CRLF. `lines` counts an unended last one."""

    path: Path
    encoding: str
    lines: int
    decomposed: bool  # has combining accents, which are to be composed before texts are compared
    blank_lines: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What the user is asked for when a file is refused: not a `noun`, save it as `forms`."""

    noun: str = "table"
    forms: str = "CSV"


def open_text(path: Path, folder: Path, *, longest_line: int, wanted: Wanted) -> Text:
    """Bring the file at `path` to UTF-8 with line feeds.

    `folder` takes the copy when the file has to be rewritten; `path` itself is never changed. `longest_line` is in
    bytes. Raises `Unreadable` with `not_a_table` for anything but text, and for a line of more than `longest_line`.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    bom, encoding = _bom(head)
    _refuse_known(head, wanted)
    if encoding not in (None, "utf-8"):
        return _rewritten(path, folder, str(encoding), longest_line, skip=len(bom))
    scan = _scan(path, longest_line)
    if guess := _utf16_without_mark(head):
        return _rewritten(path, folder, guess, longest_line)
    _refuse_binary(head, wanted)
    if not (scan.invalid or scan.nuls or scan.old_breaks):
        # A mark alone is no reason to rewrite a file: it stays, as part of the first line, which is the header's.
        return Text(path, "utf-8", scan.lines, scan.accents, scan.blanks)
    encoding, warnings = _eight_bit(path) if scan.invalid else ("utf-8", ())
    return _rewritten(path, folder, encoding, longest_line, skip=len(bom), warnings=warnings)


def inflate_limit(packed: int, *, most: int, ratio: int) -> int:
    """Returns how many bytes `packed` bytes may unpack to: `ratio` times as many, but never more than `most`."""
    # The ratio alone would leave a tiny file next to nothing.
    return min(most, max(packed, PIECE) * ratio)


def inflate(path: Path, target: Path, *, most: int, name: str = "The file") -> int:
    """Unpack the gzip file at `path` into `target`; returns the bytes written.

    The bytes are counted as they come, because the size that a gzip file states is of its last stream only, modulo
    4 GiB. Raises `Unreadable`: too_large above `most` bytes, corrupt_file; `name` stands for the file in its text.
    """
    size = 0
    with target.open("wb") as file:
        for piece in _inflated(path, name):
            size += len(piece)
            if size > most:
                raise Unreadable("too_large", "The file unpacks to more than OAS takes.")
            file.write(piece)
    return size


def split(line: str, delimiter: str, *, quoting: bool = True) -> tuple[str, ...]:
    """One line to cells; where its quotes make no sense, by the delimiter alone."""
    if quoting and '"' in line:
        try:
            return tuple(next(csv.reader([line], delimiter=delimiter), []))
        except csv.Error:
            pass
    return tuple(line.split(delimiter))


def _inflated(path: Path, name: str) -> Iterator[bytes]:
    """Only what gzip itself raises is the file's fault: a full disk is not."""
    with gzip.open(path) as packed:
        while True:
            try:
                piece = packed.read(PIECE)
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise Unreadable("corrupt_file", f"{name} (gzip) is damaged or cut off.") from error
            if not piece:
                return
            yield piece


class _Scan:
    """What one look over the bytes finds; `feed` is given the chunks in order."""

    def __init__(self) -> None:
        self.feeds = self.returns = self.pairs = self.nuls = self.invalid = self.size = self.blanks = 0
        self.accents = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._last = b"\n"
        self._before = b"\n"  # the last byte before `_last`

    def feed(self, chunk: bytes) -> None:
        view = numpy.frombuffer(chunk, dtype=numpy.uint8)
        self.size += len(chunk)
        feeds = view == 10
        self.feeds += int(numpy.count_nonzero(feeds))
        self._count_returns(chunk, view, feeds)
        self._count_blanks(chunk, feeds)
        self.nuls += chunk.count(b"\0") if b"\0" in chunk else 0
        self._last = chunk[-1:]
        if not chunk.isascii():
            self.accents = self.accents or b"\xcc" in chunk or b"\xcd" in chunk
            self._validate(chunk)
        elif self._decoder.getstate()[0]:  # a character was begun before it
            self._validate(chunk)

    def _count_blanks(self, chunk: bytes, feeds: Found) -> None:
        """Count line feeds after another, with a carriage return between them or not."""
        if b"\n\n" in chunk:
            self.blanks += int(numpy.count_nonzero(feeds[1:] & feeds[:-1]))
        # Without overlap; of three such line ends in a row, the one in the middle is both an end and a beginning.
        if b"\n\r\n" in chunk:
            view = numpy.frombuffer(chunk, dtype=numpy.uint8)
            self.blanks += int(numpy.count_nonzero(feeds[2:] & feeds[:-2] & (view[1:-1] == 13)))
        edge = self._before + self._last + chunk[:2]
        self.blanks += edge[1:3] == b"\n\n"
        self.blanks += (edge[:3] == b"\n\r\n") + (edge[1:] == b"\n\r\n")
        self._before = chunk[-2:-1] or self._last

    def _count_returns(self, chunk: bytes, view: Bytes, feeds: Found) -> None:
        returns = view == 13
        self.returns += int(numpy.count_nonzero(returns))
        self.pairs += int(numpy.count_nonzero(returns[:-1] & feeds[1:]))
        if self._last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1

    def finish(self) -> None:
        self._validate(b"", final=True)

    def _validate(self, chunk: bytes, *, final: bool = False) -> None:
        if self.invalid:
            return
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.invalid = 1

    @property
    def lines(self) -> int:
        return self.feeds + (0 if self._last == b"\n" or self.size == 0 else 1)

    @property
    def old_breaks(self) -> bool:
        """Whether lines end in lone carriage returns, as once on the Macintosh: all of them, or more than a stray."""
        lone = self.returns - self.pairs
        return lone > 0 and lone * STRAY >= self.feeds


def _bom(head: bytes) -> tuple[bytes, str | None]:
    return next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", None))


def _scan(path: Path, longest_line: int) -> _Scan:
    scan = _Scan()
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
            raise Unreadable("not_a_table", f"The file has a line of more than {longest} bytes: it is no table.")
    return run


def _refuse_known(head: bytes, wanted: Wanted) -> None:
    for magic, what in _KNOWN.items():
        if head.startswith(magic):
            raise Unreadable("not_a_table", f"The file is {what}, not a {wanted.noun}, whatever its name says.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        message = f"The file is a web page or XML, whatever its name says; save it as {wanted.forms}."
        raise Unreadable("not_a_table", message)


def _refuse_binary(head: bytes, wanted: Wanted) -> None:
    # Eight NULs are forgiven, as text has them here and there; a hundredth of control characters is no text any more.
    strange = len(head) - len(head.translate(None, _CONTROLS))
    if head and (strange + max(0, head.count(0) - 8)) / len(head) > 0.01:
        raise Unreadable("not_a_table", f"The file holds binary data, not text: it is no {wanted.noun}.")


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


def _rewritten(
    path: Path, folder: Path, encoding: str, longest_line: int, *, skip: int = 0, warnings: tuple[str, ...] = ()
) -> Text:
    """The text as UTF-8, without NULs, lines ended by LF where they were ended by a lone CR."""
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
    scan = _scan(target, longest_line)
    return Text(target, encoding, scan.lines, scan.accents, scan.blanks, warnings)


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
