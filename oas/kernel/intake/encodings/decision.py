"""Which encoding a file is in: no witness decides alone, and where none is clearly the likeliest, a person has to.

Every encoding reads the names of the sample, and `readings` says how plausible what it makes of them is. Besides, an
encoding is the less likely the rarer it is, and the more bytes the file has that are none of its characters. A detector
made for running text confirms what the names show by a narrow margin, and overrules nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy
from charset_normalizer import from_bytes

from oas.kernel.intake.encodings.names import codec_of, named
from oas.kernel.intake.encodings.readings import MADE_FOR, Witness, is_garbled, likelihoods
from oas.kernel.intake.encodings.sample import LONGEST_NAME, Sample
from oas.kernel.intake.encodings.signs import DAMAGED

MARGIN: Final = 4.8  # by which the likeliest encoding has to lead
CONFIRMED: Final = 4.2  # the same, if the detector agrees
MOST_OF_A_NAME: Final = 10.0  # what one name may count against an encoding, as any can be odd
MOST_GARBLED: Final = 0.34  # share of the names, above which not even the likeliest encoding reads the file
USUAL: Final = 3.0  # for an encoding that is the usual one of the countries that all lines are of
HOPELESS: Final = 60.0  # an encoding that is so far behind after the `FIRST` names is given up
FIRST: Final = 40
SHOWN: Final = 4  # encodings that a person is asked about
SHOWN_NAMES: Final = 2
SHOWN_CHARACTERS: Final = 40  # of a name
# The logarithm of how common each encoding is in files that do not say theirs.
_PRIORS: Final = {
    "cp1252": 1.0, "cp1250": -1.0, "cp1251": -1.0, "shift_jis": -1.0, "gb18030": -1.0, "cp1254": -1.5, "cp1253": -1.5,
    "euc_kr": -1.5, "big5": -1.5, "cp1257": -2.0, "mac_roman": -2.0, "cp1255": -2.0, "cp1256": -2.0, "cp874": -2.0,
    "koi8_r": -3.0, "euc_jp": -3.0, "iso8859_2": -3.0, "iso8859_7": -3.5, "iso8859_15": -3.5, "mac_cyrillic": -4.0,
    "mac_latin2": -4.0, "cp850": -4.0, "cp852": -4.5, "cp866": -4.5,
}  # fmt: skip
_CELL: Final = re.compile(rb'[^\t,;"\r\n]*[\x80-\xff][^\t,;"\r\n]*')


@dataclass(frozen=True)
class Reading:
    """How `encoding` reads some names of the file."""

    encoding: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """The encoding of a file, None if none is clear. `readings`: that one, or the likeliest ones, best first."""

    encoding: str | None
    readings: tuple[Reading, ...]


def decide(sample: Sample, known: frozenset[str] = frozenset()) -> Decision:
    """Decide the encoding of the text that `sample` is of, which is not UTF-8. `known` are words, case folded."""
    scores = _scores(sample, Witness(sample.countries, known))
    best, *others = sorted(scores, key=lambda name: -scores[name])
    rivals = [name for name in others if not _read_alike(best, name, sample)]
    clear = _leads(scores, best, rivals, sample) and _garbled_share(best, sample) <= MOST_GARBLED
    shown = [best] if clear else [best, *rivals][:SHOWN]
    return Decision(best if clear else None, _readings(shown, [*rivals, best][0], sample))


def _scores(sample: Sample, witness: Witness) -> dict[str, float]:
    """Encoding → the logarithm of how likely it is, of the encodings that some names do not rule out already."""
    names = sorted(sample.names)
    bare = {encoding: _bare(encoding, sample, witness) for encoding in _PRIORS}
    first = _with_names(bare, names[:FIRST], witness)
    hopeful = {encoding: bare[encoding] for encoding, score in first.items() if score > max(first.values()) - HOPELESS}
    return first if len(names) <= FIRST else _with_names(hopeful, names, witness)


def _bare(encoding: str, sample: Sample, witness: Witness) -> float:
    """How likely `encoding` is before any name is read."""
    return _PRIORS[encoding] + USUAL * witness.share_of(encoding) + _cost_of_missing(encoding, sample)


def _with_names(scores: dict[str, float], names: Sequence[bytes], witness: Witness) -> dict[str, float]:
    """Add to each of `scores` how likely every name is, but not too much less than what the name is at most."""
    found = {
        encoding: likelihoods([decoded(name, encoding) for name in names], encoding, witness) for encoding in scores
    }
    least = numpy.max(list(found.values()), axis=0, initial=-numpy.inf) - MOST_OF_A_NAME
    return {encoding: score + float(numpy.maximum(found[encoding], least).sum()) for encoding, score in scores.items()}


def decoded(name: bytes, encoding: str) -> str:
    """Return `name` as `encoding` reads it; a last character that was cut off is left out."""
    decoder = codecs.getincrementaldecoder(codec_of(encoding))("replace")
    return decoder.decode(name, final=len(name) < LONGEST_NAME)


def _cost_of_missing(encoding: str, sample: Sample) -> float:
    """What it costs that the file has bytes that are none of the encoding's characters: each counts once."""
    missing = 0 if encoding in MADE_FOR else sum(1 for byte in _undefined(encoding) if sample.bytes[byte])
    return DAMAGED / 2 * missing


@cache
def _undefined(encoding: str) -> tuple[int, ...]:
    codec = codec_of(encoding)
    return tuple(byte for byte in range(128, 256) if bytes([byte]).decode(codec, "replace") == "\ufffd")


def _read_alike(first: str, second: str, sample: Sample) -> bool:
    """Whether it is all the same in which of the two encodings the file is read."""
    if first in MADE_FOR or second in MADE_FOR:
        return all(decoded(name, first) == decoded(name, second) for name in sample.names)
    seen = bytes(byte for byte in range(128, 256) if sample.bytes[byte])
    return seen.decode(codec_of(first), "replace") == seen.decode(codec_of(second), "replace")


def _leads(scores: dict[str, float], best: str, rivals: Sequence[str], sample: Sample) -> bool:
    if not rivals:
        return True
    margin = scores[best] - scores[rivals[0]]
    return margin >= MARGIN or (margin >= CONFIRMED and _detected([best, *rivals], sample) == best)


def _detected(encodings: Sequence[str], sample: Sample) -> str | None:
    """Which of `encodings` the detector takes the lines for."""
    found = from_bytes(b"\n".join(sample.lines), cp_isolation=[codec_of(name) for name in encodings]).best()
    return named(found.encoding) if found else None


def _garbled_share(encoding: str, sample: Sample) -> float:
    garbled = sum(1 for name in sample.names if is_garbled(decoded(name, encoding)))
    return garbled / max(1, len(sample.names))


def _readings(encodings: Sequence[str], rival: str, sample: Sample) -> tuple[Reading, ...]:
    """How each of `encodings` reads two cells of `sample`, if there are any such that the `rival` reads otherwise."""
    cells = list(dict.fromkeys(cell for line in sample.lines for cell in _CELL.findall(line)))
    telling = [cell for cell in cells if _shown(cell, encodings[0]) != _shown(cell, rival)]
    chosen = list(dict.fromkeys((*telling, *cells)))[:SHOWN_NAMES]
    return tuple(Reading(name, tuple(_shown(cell, name) for cell in chosen)) for name in encodings)


def _shown(cell: bytes, encoding: str) -> str:
    """The part of `cell` that is not ASCII, as `encoding` reads it: bars may stand between cells as well."""
    parts = decoded(cell[:200], encoding).split("|")
    return next((part.strip() for part in parts if not part.isascii()), "")[:SHOWN_CHARACTERS]
