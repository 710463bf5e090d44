"""Recognises territories as files write them (codes, names in many languages): ISO 3166-1 alpha-2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import pycountry
from babel import Locale

from glider.canonical.schema import UNKNOWN_TERRITORY, WORLDWIDE

# The order counts: where one name means two countries, that of the earlier language is taken.
LANGUAGES: Final = (
    "en", "id", "fr", "de", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "ro", "hr", "ca", "tr",
    "el", "ru", "uk", "ja", "ko", "zh",
)  # fmt: skip

# What neither pycountry nor CLDR has: older and shorter names, replaced codes, and codes of the stores' own making.
_ALSO: Final = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "us and territories": "US", "us virgin islands": "VI", "british virgin islands": "VG",
    "south korea": "KR", "korea": "KR", "north korea": "KP", "russia": "RU", "vietnam": "VN", "laos": "LA",
    "iran": "IR", "syria": "SY", "moldova": "MD", "tanzania": "TZ", "bolivia": "BO", "venezuela": "VE",
    "brunei": "BN", "czech republic": "CZ", "macedonia": "MK", "former yugoslav republic of macedonia": "MK",
    "fyr macedonia": "MK", "swaziland": "SZ", "cape verde": "CV", "ivory coast": "CI", "cote d ivoire": "CI",
    "hong kong": "HK", "macau": "MO", "taiwan": "TW", "taiwan republic of china": "TW", "chinese taipei": "TW",
    "turkey": "TR", "kosovo": "XK", "xk": "XK", "xkx": "XK", "palestine": "PS", "state of palestine": "PS",
    "occupied palestinian territory": "PS", "palestinian territory": "PS",
    "democratic republic of the congo": "CD", "dr congo": "CD", "drc": "CD", "zaire": "CD", "congo kinshasa": "CD",
    "congo brazzaville": "CG", "republic of the congo": "CG", "republic of ireland": "IE", "eire": "IE",
    "hong kong sar": "HK", "hong kong sar china": "HK", "hong kong china": "HK", "macau sar": "MO", "macao sar": "MO",
    "china mainland": "CN", "pr china": "CN", "uae": "AE", "holland": "NL", "burma": "MM",
    "libyan arab jamahiriya": "LY",
    "vatican": "VA", "holy see vatican city state": "VA", "east timor": "TL", "reunion island": "RE",
    "netherlands antilles": "CW", "serbia and montenegro": "RS", "yugoslavia": "RS", "micronesia": "FM",
    "brasil": "BR", "ksa": "SA", "rom": "RO", "an": "CW", "ant": "CW", "yu": "RS", "yug": "RS", "scg": "RS", "cs": "RS",
    "su": "RU", "sun": "RU", "dd": "DE", "ddr": "DE", "ger": "DE", "zr": "CD", "zar": "CD", "bu": "MM", "bur": "MM",
    "tp": "TL", "tmp": "TL", "fx": "FR", "fxx": "FR", "el": "GR", "sui": "CH", "ned": "NL", "den": "DK",
    "worldwide": WORLDWIDE, "world wide": WORLDWIDE, "world": WORLDWIDE, "whole world": WORLDWIDE, "global": WORLDWIDE,
    "ww": WORLDWIDE, "xw": WORLDWIDE, "international": WORLDWIDE, "all": WORLDWIDE, "all countries": WORLDWIDE,
    "all territories": WORLDWIDE,
}  # fmt: skip

# Regions that CLDR does not name in English, as files write them. No country has these names or codes.
_REGIONS: Final = (
    "rest of the world", "row", "rest of europe", "rest of asia", "other", "others", "other countries",
    "other territories", "eu", "emea", "apac", "asia pacific", "latam", "latin america and caribbean", "middle east",
    "mena", "middle east and north africa", "scandinavia", "nordics", "nordic countries", "benelux", "baltics", "gsa",
    "dach", "cis", "central and eastern europe", "cee", "balkans", "americas", "euro zone", "ou", "outside us",
)  # fmt: skip
_WORLD: Final = "001"  # CLDR's code

_APOSTROPHES: Final = dict.fromkeys(map(ord, "\u2019\u02bc\u2018`"), "'")
_SILENT: Final = re.compile(r"(?<!\w)(the|of)(?!\w)")
_NO_WORD: Final = re.compile(r"[^\w]+")


def territory_key(name: str) -> str:
    """Return `name` as it is compared: case, spaces, accents and the form of an apostrophe do not count."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    return " ".join(bare.translate(_APOSTROPHES).casefold().split())


def words_key(name: str) -> str:
    """Return the words of `name` in alphabetical order, as names are compared that no `territory_key` is equal to.

    Punctuation, "the", "of" and the order do not count: `Korea, Republic of` is `The Republic of Korea`.
    """
    plain = territory_key(name).replace(".", "").replace("'", "").replace("&", " and ")
    words = _NO_WORD.split(_SILENT.sub(" ", plain))
    return " ".join(sorted("saint" if word == "st" else word for word in words if word))


@lru_cache(maxsize=1)
def territories() -> dict[str, str]:
    """`territory_key` of a name or code → alpha-2. Slow when first called, which a worker does before its first job."""
    known: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        for name in (country.alpha_2, country.alpha_3, country.numeric, *names):
            known[territory_key(name)] = country.alpha_2
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code == _WORLD or code in _codes():
                known.setdefault(territory_key(name), WORLDWIDE if code == _WORLD else code)
    known.pop("", None)
    return known | _ALSO


@lru_cache(maxsize=1)
def _by_words() -> dict[str, str]:
    """`words_key` → code, without keys that names of two countries share: neither is meant more than the other."""
    found: dict[str, set[str]] = {}
    for name, code in territories().items():
        found.setdefault(words_key(name), set()).add(code)
    return {key: codes.pop() for key, codes in found.items() if key and len(codes) == 1}


@lru_cache(maxsize=65536)
def territory(text: str) -> str:
    """Return the code of one cell; `ZZ` if it names no country (a region, a store's code for "the rest", or nothing).

    A name has to be equal, but for what `territory_key` and `words_key` leave out: a search would take Niger for
    Nigeria. A code of ISO 3166-2 (`GB-ENG`) stands for its country.
    """
    code = territories().get(territory_key(text)) or _by_words().get(words_key(text))
    return code or _countries_of_subdivisions().get(text.strip().upper()) or UNKNOWN_TERRITORY


def own_territories(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return `territory` for an organisation that has explained `names` (as written → code): these count first."""
    own = {words_key(name): code for name, code in names.items()}
    return (lambda text: own.get(words_key(text)) or territory(text)) if own else territory


def is_region(text: str) -> bool:
    """Return whether `text` names a region of several countries, such as `Europe` or `Rest of world`."""
    return words_key(text) in _regions()


@lru_cache(maxsize=1)
def _countries_of_subdivisions() -> dict[str, str]:
    """The code in ISO 3166-2 of each part of a country → the country's."""
    return {part.code: part.country_code for part in pycountry.subdivisions}


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    names = {name for language in LANGUAGES for code, name in Locale(language).territories.items() if _is_region(code)}
    return frozenset(map(words_key, (*names, *_REGIONS)))


def _is_region(code: str) -> bool:
    return (code.isdigit() and code != _WORLD) or code in ("EU", "EZ")


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)
