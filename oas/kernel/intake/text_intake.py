"""Text as files bring it, to UTF-8 with line feeds: byte order marks, other encodings, lone carriage returns, NULs.

Sales files and catalogue imports are both taken in here: what a file is by its first bytes, a gzip file under limits,
one look at the text in chunks. Memory does not grow with the file, and a file is rewritten only when it has to change.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy

from oas.kernel.intake.encodings import guess
from oas.kernel.intake.encodings.decision import Reading
from oas.kernel.intake.encodings.names import codec_of
from oas.kernel.intake.text_scan import LOOK, Scan

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second: an archive of nothing
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a compound file: workbooks up to Excel 2003
DELIMITERS: Final = ("\t", ",", ";", "|")
CHUNK: Final = 8 * 1024 * 1024
PIECE: Final = 1024 * 1024  # bytes inflated at a time; a smaller packed file counts as one piece
HEAD: Final = 64 * 1024
DAMAGE: Final = "\ufffd"  # stands for what is no character in the encoding
# One in so many characters outside ASCII may be damaged, if the encoding is guessed, and if a person named it.
GUESSED: Final = 20
ANSWERED: Final = 4
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
    """The file cannot be taken in as a table. `code` is for programs, the text for the user.

    `readings`: how the encodings that it may be in read it, if only a person can tell.
    """

    def __init__(self, code: str, text: str, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.readings = readings


@dataclass(frozen=True)
class Text:
    """A file of text: UTF-8, perhaps with its mark, lines ended by LF or CRLF. `lines` counts an unended last one.

    `density`: lines per byte where they are shortest, over some tens of kilobytes.
    """

    path: Path
    encoding: str
    lines: int
    decomposed: bool  # has combining accents, which are to be composed before texts are compared
    blank_lines: int = 0
    density: float = 0.0
    warnings: tuple[str, ...] = ()
    damaged: int = 0  # characters that were replaced in a rewritten file
    foreign: int = 0  # characters of a rewritten file that are not ASCII


@dataclass(frozen=True)
class Wanted:
    """What the user is asked for when a file is refused: not a `noun`, save it as `forms`, or tell its encoding."""

    noun: str = "table"
    forms: str = "CSV"
    told: str = "Save it as UTF-8."


def no_words() -> frozenset[str]:
    """Return nothing: no name is known."""
    return frozenset()


@dataclass(frozen=True)
class Told:
    """What is known of the encoding of a text that is neither marked nor UTF-8.

    `encoding`: a person's answer. `words`: asked only where the bytes have to tell, the words (case folded) that its
    names are likely to have.
    """

    encoding: str | None = None
    words: Callable[[], frozenset[str]] = no_words


NOTHING_TOLD: Final = Told()


def open_text(path: Path, folder: Path, *, longest_line: int, wanted: Wanted, told: Told = NOTHING_TOLD) -> Text:
    """Bring the file at `path` to UTF-8 with line feeds.

    `folder` takes the copy when the file has to be rewritten; `path` itself is never changed. `longest_line` is in
    bytes. Raises `Unreadable` with `not_a_table` for anything but text, and for a line of more than `longest_line`;
    with `ambiguous_encoding` when neither the bytes nor `told` say clearly which encoding it is.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    bom, encoding = _bom(head)
    _refuse_known(head, wanted)
    if encoding not in (None, "utf-8"):
        return _rewritten(path, folder, str(encoding), longest_line, skip=len(bom))
    scan = _scan(path, longest_line)
    if wide := guess.utf16_without_mark(head, scan, told.encoding):
        return _rewritten(path, folder, wide, longest_line)
    _refuse_binary(head, wanted)
    if scan.invalid:
        return _told_or_guessed(path, folder, longest_line, len(bom), wanted, told)
    if any(scan.nuls) or scan.old_breaks:
        return _rewritten(path, folder, "utf-8", longest_line, skip=len(bom))
    # A mark alone is no reason to rewrite a file: it stays, as part of the first line, which is the header's.
    return Text(path, "utf-8", scan.lines, scan.accents, scan.blanks, scan.density)


def _told_or_guessed(path: Path, folder: Path, longest_line: int, skip: int, wanted: Wanted, told: Told) -> Text:
    """The text of a file that is not UTF-8: as a person says, else as nearly UTF-8, else as its bytes tell."""
    if told.encoding:
        return _sound(_rewritten(path, folder, told.encoding, longest_line, skip=skip), wanted, ANSWERED)
    if guess.is_nearly_utf8(_chunks(path, skip=skip)):
        return _rewritten(path, folder, "utf-8", longest_line, skip=skip)
    found = guess.guessed(_chunks(path, skip=skip), told.words())
    if found.encoding is None:
        raise _unclear(found.readings, wanted)
    text = _sound(_rewritten(path, folder, found.encoding, longest_line, skip=skip), wanted, GUESSED)
    return replace(text, warnings=(*text.warnings, guess.warning_of(found.readings[0])))


def _unclear(readings: tuple[Reading, ...], wanted: Wanted) -> Unreadable:
    text = f"The file is not UTF-8, and its bytes do not tell which encoding it is in. {guess.listed(readings)}"
    return Unreadable("ambiguous_encoding", f"{text} {wanted.told}", readings)


def _sound(text: Text, wanted: Wanted, most: int) -> Text:
    """`text`; raises `Unreadable` if more than one in `most` of its characters outside ASCII are damaged."""
    if text.damaged * most <= text.foreign:
        return text
    what = f"{text.damaged} of its {text.foreign} characters outside ASCII are none in {text.encoding}"
    raise Unreadable("ambiguous_encoding", f"The file cannot be read in {text.encoding}: {what}. {wanted.told}")


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


def _bom(head: bytes) -> tuple[bytes, str | None]:
    return next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", None))


def _scan(path: Path, longest_line: int) -> Scan:
    scan = Scan()
    run = 0
    for chunk in _chunks(path, LOOK):
        scan.feed(chunk)
        run = _refuse_long_lines(chunk, run, longest_line)
    scan.finish()
    return scan


def _chunks(path: Path, size: int | None = None, *, skip: int = 0) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skip)
        while chunk := file.read(size or CHUNK):
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


def _rewritten(path: Path, folder: Path, encoding: str, longest_line: int, *, skip: int = 0) -> Text:
    """The text as UTF-8, without NULs, lines ended by LF where they were ended by a lone CR."""
    target = folder / f"{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(codec_of(encoding))("replace" if encoding != "cp1252" else "oas-latin")
    damaged = foreign = 0
    with target.open("wb") as file:
        for text in _plain_texts(_chunks(path, skip=skip), decoder):
            damaged += text.count(DAMAGE)
            plain = text.encode("utf-8", "replace")
            foreign += _foreign(plain)
            file.write(plain)
    scan = _scan(target, longest_line)
    warnings = (f"{damaged} damaged characters were replaced by {DAMAGE}.",) if damaged else ()
    return Text(target, encoding, scan.lines, scan.accents, scan.blanks, scan.density, warnings, damaged, foreign)


def _plain_texts(chunks: Iterator[bytes], decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    held = False
    for chunk in chunks:
        text, held = _plain_breaks(decoder.decode(chunk), held)
        yield text
    yield _plain_breaks(decoder.decode(b"", final=True), held)[0]


def _foreign(plain: bytes) -> int:
    """How many characters of the UTF-8 text `plain` are not ASCII: as many as bytes that begin one of several."""
    return int(numpy.count_nonzero(numpy.frombuffer(plain, dtype=numpy.uint8) >= 0xC0))


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
