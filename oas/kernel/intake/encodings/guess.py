"""Guesses of the encoding of a text without a mark, and the words in which a person is told of them."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from oas.kernel.intake.encodings.decision import Decision, Reading, decide
from oas.kernel.intake.encodings.languages import languages
from oas.kernel.intake.encodings.sample import sample_of
from oas.kernel.intake.text_scan import Scan

_LEAST_NULS: Final = 0.02  # share of the bytes: line breaks and digits alone have more, in any language
_BREAKS: Final = ("\n", "\r")


def utf16_without_mark(head: bytes, scan: Scan, told: str | None = None) -> str | None:
    """Return which UTF-16 a text is in, given its beginning and the `scan` of all of it; None if it is in neither.

    Every second byte of ASCII characters is a NUL in UTF-16, and line breaks are ASCII in any language. `told` is a
    person's answer.
    """
    even, odd = scan.nuls
    for name, nuls, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if told == name and any(scan.nuls):
            return name
        if nuls > scan.size * _LEAST_NULS and others * 10 < nuls and _is_text(head, name):
            return name
    return None


def _is_text(head: bytes, name: str) -> bool:
    """Whether the beginning of a text, read as UTF-16, has line breaks and next to nothing that is no character."""
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    strange = sum(1 for char in text if char not in "\t\r\n" and unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs"))
    return any(mark in text for mark in _BREAKS) and (strange + text.count("\ufffd")) * 100 <= len(text)


def is_nearly_utf8(chunks: Iterable[bytes]) -> bool:
    """Whether a text is UTF-8 of which only a few bytes were damaged."""
    broken = whole = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in chunks:
        text = decoder.decode(chunk)
        broken += text.count("\ufffd")
        whole += len(text) - len(text.encode("ascii", "ignore"))
    return whole - broken > 10 * broken


def guessed(chunks: Iterable[bytes], known: frozenset[str]) -> Decision:
    """Return the encoding of the text in `chunks`, told from all of its bytes. `known` are words, case folded."""
    return decide(sample_of(chunks, languages().countries), known)


def warning_of(reading: Reading) -> str:
    """Return the warning that the encoding of `reading` was guessed."""
    return f"The file does not say its encoding; it was read as {_as_read(reading)}."


def listed(readings: Sequence[Reading]) -> str:
    """Return the sentences by which a person chooses between `readings`."""
    return f"Some of its names are, {'; '.join(f'as {_as_read(reading)}' for reading in readings)}."


def _as_read(reading: Reading) -> str:
    names = " and ".join(repr(name) for name in reading.names if name)
    return f"{reading.encoding}: {names}" if names else reading.encoding
