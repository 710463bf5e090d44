"""How likely a word is in each language that names in files have: by its letters and the letters beside them.

`languages.toml` has the languages; the names of countries, languages, months and days that CLDR has for each are
counted with its words. Only comparisons matter: the same bytes are read in several encodings, and the readings are
compared.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

import numpy
from babel import Locale

from oas.kernel.intake.encodings.characters import IDEOGRAPHIC, RARE, script_of, usual_share

Vector = numpy.ndarray[Any, numpy.dtype[numpy.float64]]  # a value for each language, in the order of `Languages.names`

EDGE: Final = " "  # the beginning and the end of a word
# The marks that Latin, Hebrew, Arabic and Thai letters bear stand in words like letters.
_MARKS: Final = "\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
WORD: Final = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+")
_FOREIGN: Final = 0.02  # how often a letter that a language lacks is counted, as names cross borders
_BACKOFF: Final = 5.0  # so many letters of any kind are counted beside the ones that were seen to follow
_CEDILLAS: Final = str.maketrans("șț", "şţ")  # the old encodings have these two only with cedillas


@dataclass(frozen=True)
class Language:
    """A language of `languages.toml`. `countries`: codes and names, in capital letters; `encoding`: their usual one."""

    name: str
    weight: float
    countries: frozenset[str]
    words: tuple[str, ...]
    encoding: str = ""  # cp1252 is usual everywhere, so a country says nothing for it
    common: str = ""


class Languages:
    """Counts of letters and of pairs of letters, for each of `known`."""

    def __init__(self, known: tuple[Language, ...]) -> None:
        self.known = known
        self.names = tuple(language.name for language in known)
        weights = numpy.array([language.weight for language in known])
        self.priors: Vector = numpy.log(weights / weights.sum())
        self.countries = frozenset().union(*(language.countries for language in known))
        self.latin = numpy.array([script_of(language.words[0][0]) == "LATIN" for language in known])
        self._english = self.names.index("en")
        self._letters: dict[str, Vector] = {}
        self._pairs: dict[str, Vector] = {}
        self._before: dict[str, Vector] = {}
        self._total = numpy.zeros(len(known))
        for place, language in enumerate(known):
            self._count(place, {*language.words, *_cldr_words(language.name)})

    def _count(self, place: int, words: Iterable[str]) -> None:
        pairs: Counter[str] = Counter()
        for word in words:
            text = f"{EDGE}{word}{EDGE}"
            pairs.update(map("".join, pairwise(text)))
        for pair, count in pairs.items():
            self._of(self._pairs, pair)[place] += count
            self._of(self._before, pair[0])[place] += count
            self._of(self._letters, pair[1])[place] += count
            self._total[place] += count

    def _of(self, table: dict[str, Vector], key: str) -> Vector:
        return table.setdefault(key, numpy.zeros(len(self.known)))

    def follows(self, before: str, letter: str) -> Vector:
        """Return the logarithm of how likely `letter` follows `before`, in each language. Both are small letters."""
        if script_of(letter) in IDEOGRAPHIC:
            return self._ideographic(letter)
        zero = numpy.zeros(len(self.known))
        usual = (self._letters.get(letter, zero) + _FOREIGN) / (self._total + 1)
        seen = self._pairs.get(before + letter, zero) + _BACKOFF * usual
        found: Vector = numpy.log(seen / (self._before.get(before, zero) + _BACKOFF))
        if (before + letter).isascii():
            # Latin words stand among those of every script, and are then as English as any.
            found[~self.latin] = found[self._english]
        return found

    def _ideographic(self, letter: str) -> Vector:
        known = self.known
        shares = [usual_share(letter, each.name, each.common) if each.common else RARE for each in known]
        found: Vector = numpy.log(numpy.array(shares))
        return found


@lru_cache(maxsize=1)
def languages() -> Languages:
    """Return the languages of `languages.toml`, counted once in a process."""
    text = files("oas.kernel.intake.encodings").joinpath("languages.toml").read_text(encoding="utf-8")
    return Languages(tuple(_language(name, each) for name, each in tomllib.loads(text).items()))


def _language(name: str, given: dict[str, Any]) -> Language:
    countries = frozenset(country.upper() for country in given["countries"])
    others = {key: given[key] for key in ("encoding", "common") if key in given}
    return Language(name, given["weight"], countries, tuple(_words(given["words"])), **others)


def _cldr_words(name: str) -> Iterator[str]:
    locale = Locale.parse(name)
    names = [*locale.territories.values(), *locale.languages.values(), *locale.months["format"]["wide"].values()]
    for text in (*names, *locale.days["format"]["wide"].values()):
        yield from _words(str(text))


def _words(text: str) -> list[str]:
    return [small(word).translate(_CEDILLAS) for word in WORD.findall(text)]


def small(text: str) -> str:
    """Return `text` in small letters, as many as there were: a capital I with a dot has two."""
    return "".join(letter.lower()[0] for letter in text)
