"""How plausible the names in a file are as an encoding reads them: letters, case, scripts, signs, and known words.

Each witness speaks in logarithms of likelihood, so that they add up. A name is judged by itself and as of one language:
names of several languages stand in one file, and the plain words of a name tell its language too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy

from oas.kernel.intake.encodings.characters import IDEOGRAPHIC, script_of
from oas.kernel.intake.encodings.languages import EDGE, WORD, Vector, languages, small
from oas.kernel.intake.encodings.signs import cost_of

MIXED_CASE: Final = -6.0  # a capital letter after a small one, or a small one among capitals, if one is no ASCII letter
MIXED_SCRIPTS: Final = -20.0  # within a word
TWO_SCRIPTS: Final = -7.0  # words of two scripts in one name
LATIN_BESIDE: Final = -4.0  # Latin letters or words beside ideographs, as in the names of groups
GARBLED: Final = -10.0  # what costs as much is in no name
KNOWN: Final = 8.0  # a word that the organisation's catalogue, its earlier files or a layout have
PRIOR_NAMES: Final = 2.0  # so many names speak as loudly for a language as how common it is in all files
COUNTRY: Final = 100.0  # how much likelier a language is in a file of which all lines are of its countries
FOREIGN: Final = -8.0  # a language that an encoding of several bytes a character was not made for
Matrix = numpy.ndarray[Any, numpy.dtype[numpy.float64]]  # a row for each name, a column for each language
# The languages of the encodings that have several bytes for a character; Latin names stand among those of all.
MADE_FOR: Final = {"shift_jis": "ja", "euc_jp": "ja", "euc_kr": "ko", "gb18030": "zh_Hans", "big5": "zh_Hant"}


@dataclass(frozen=True)
class Witness:
    """What a file's other parts say about its names: `countries` with the number of lines, and `known` words."""

    countries: Counter[str]
    known: frozenset[str] = frozenset()

    def priors(self, encoding: str) -> Vector:
        """Return the logarithm of how likely each language is in this file, if it is in `encoding`."""
        return self._of_countries + _of_encoding(encoding)

    def share_of(self, encoding: str) -> float:
        """Return which share of the lines is of countries whose usual encoding is `encoding`."""
        usual = frozenset(
            country for each in languages().known if each.encoding == encoding for country in each.countries
        )
        return self._share(usual)

    def _share(self, countries: frozenset[str]) -> float:
        total = sum(self.countries.values())
        return sum(self.countries[country] for country in countries) / total if total else 0.0

    @cached_property
    def _of_countries(self) -> Vector:
        shares = [self._share(language.countries) for language in languages().known]
        likely: Vector = languages().priors + numpy.log(1 + COUNTRY * numpy.array(shares))
        likely -= numpy.log(numpy.exp(likely).sum())
        return likely


@lru_cache(maxsize=64)
def _of_encoding(encoding: str) -> Vector:
    own = MADE_FOR.get(encoding)
    foreign = [
        own not in (None, name) and not latin for name, latin in zip(languages().names, languages().latin, strict=True)
    ]
    return numpy.where(foreign, FOREIGN, 0.0)


def likelihoods(names: Sequence[str], encoding: str, witness: Witness) -> Vector:
    """Return, for each of `names` as `encoding` reads it, the logarithm of how likely it is what somebody wrote.

    A name is of one language, and the likelier one that other names of the file are of.
    """
    by_language = numpy.array([_by_language(name) for name in names])
    alone = by_language + witness.priors(encoding)
    shares = numpy.exp(alone - _log_sum(alone)[:, None])
    others = shares.sum(axis=0) - shares
    usual = numpy.exp(witness.priors(encoding))
    together = numpy.log((usual * PRIOR_NAMES + others) / (PRIOR_NAMES + len(names) - 1))
    peculiar: Vector = numpy.array([_peculiarity(name, witness.known) for name in names])
    return peculiar + _log_sum(by_language + together)


def _log_sum(logarithms: Matrix) -> Vector:
    highest = logarithms.max(axis=1)
    total: Vector = highest + numpy.log(numpy.exp(logarithms - highest[:, None]).sum(axis=1))
    return total


def _by_language(name: str) -> Vector:
    nothing = numpy.zeros(len(languages().names))
    return sum((_letters(word) for word in _words(name)), nothing)


def _words(name: str) -> list[str]:
    """The words of `name`; where bars part the cells of a line, of those cells that are not ASCII."""
    return [word for part in name.split("|") if not part.isascii() for word in WORD.findall(part)]


def _peculiarity(name: str, known: frozenset[str]) -> float:
    """What does not depend on the language of `name`: signs, case, scripts, and whether one of its words is `known`."""
    words = [word for word in _words(name) if not word.isascii()]
    return sum(_oddities(name)) + KNOWN * any(word.casefold() in known for word in words)


def is_garbled(name: str) -> bool:
    """Whether `name` has what no name has: damage, misplaced signs, or letters of two scripts in a word."""
    return min(_oddities(name), default=0.0) <= GARBLED


@lru_cache(maxsize=20_000)
def _letters(word: str) -> Vector:
    """How likely the letters of `word` follow each other, in each language."""
    text = f"{EDGE}{small(word)}{EDGE}"
    first, *others = (_follows(before, letter) for before, letter in pairwise(text))
    return sum(others, first)


@lru_cache(maxsize=50_000)
def _follows(before: str, letter: str) -> Vector:
    return languages().follows(before, letter)


@lru_cache(maxsize=20_000)
def _oddities(name: str) -> tuple[float, ...]:
    """What each thing in `name` costs that does not depend on its language."""
    signs = (cost_of(name, place) for place, sign in enumerate(name) if not WORD.match(sign))
    words = (cost for word in _words(name) for cost in _clashes(word))
    return tuple(cost for cost in (*signs, *words, _of_two_scripts(name)) if cost)


def _of_two_scripts(name: str) -> float:
    scripts = {script_of(word[0]) for word in _words(name)}
    if len(scripts - IDEOGRAPHIC) > 1:
        return TWO_SCRIPTS
    return LATIN_BESIDE if "LATIN" in scripts and scripts & IDEOGRAPHIC else 0.0


def _clashes(word: str) -> list[float]:
    """What it costs that letters of `word` are of other scripts or another case than those before them."""
    costs = [_clash(before, letter) for before, letter in pairwise(word)]
    return costs + [MIXED_CASE for place in range(1, len(word)) if _is_mixed(word, place)]


def _clash(before: str, letter: str) -> float:
    scripts = {script_of(before), script_of(letter)}
    if len(scripts) == 1 or scripts == {"HAN", "KANA"}:
        return 0.0
    with_latin = "LATIN" in scripts and scripts & IDEOGRAPHIC and "HALFWIDTH" not in scripts
    return LATIN_BESIDE if with_latin else MIXED_SCRIPTS


def _is_mixed(word: str, place: int) -> bool:
    """Whether the letter at `place` is small among capitals, or capital after a small one, and not both are ASCII."""
    before, letter = word[place - 1], word[place]
    rises = before.islower() and letter.isupper()
    falls = place > 1 and word[place - 2].isupper() and before.isupper() and letter.islower()
    return (rises or falls) and not (before + letter).isascii()
