"""Recognises territories as files write them (codes, names in many languages): ISO 3166-1 alpha-2."""

from __future__ import annotations

import unicodedata
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

# What neither pycountry nor CLDR has: older and shorter names, and codes of the stores' own making.
_ALSO: Final = {
    "uk": "GB", "great britain": "GB", "england": "GB", "usa": "US", "united states of america": "US",
    "south korea": "KR", "korea": "KR", "north korea": "KP", "russia": "RU", "vietnam": "VN", "laos": "LA",
    "iran": "IR", "syria": "SY", "moldova": "MD", "tanzania": "TZ", "bolivia": "BO", "venezuela": "VE",
    "brunei": "BN", "czech republic": "CZ", "macedonia": "MK", "swaziland": "SZ", "cape verde": "CV",
    "ivory coast": "CI", "hong kong": "HK", "macau": "MO", "taiwan": "TW", "turkey": "TR", "kosovo": "XK", "xk": "XK",
    "palestine": "PS", "state of palestine": "PS", "democratic republic of the congo": "CD", "dr congo": "CD",
    "congo kinshasa": "CD", "congo brazzaville": "CG", "republic of the congo": "CG", "hong kong sar": "HK",
    "hong kong sar china": "HK", "macau sar": "MO", "macao sar": "MO", "uae": "AE", "holland": "NL", "burma": "MM",
    "worldwide": WORLDWIDE, "world": WORLDWIDE, "global": WORLDWIDE, "ww": WORLDWIDE, "xw": WORLDWIDE,
    "international": WORLDWIDE, "all": WORLDWIDE,
}  # fmt: skip


_APOSTROPHES: Final = dict.fromkeys(map(ord, "\u2019\u02bc\u2018`"), "'")


def territory_key(name: str) -> str:
    """Return `name` as it is compared: case, spaces, accents and the form of an apostrophe do not count."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    return " ".join(bare.translate(_APOSTROPHES).casefold().split())


@lru_cache(maxsize=1)
def territories() -> dict[str, str]:
    """`territory_key` of a name or code → alpha-2. Slow when first called, which a worker does before its first job."""
    known: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        for name in (country.alpha_2, country.alpha_3, *names):
            known[territory_key(name)] = country.alpha_2
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code in _codes():
                known.setdefault(territory_key(name), code)
    known.pop("", None)
    return known | _ALSO


@lru_cache(maxsize=65536)
def territory(text: str) -> str:
    """Return the code of one cell; `ZZ` if it names no country (a store's code for "the rest", or nothing)."""
    return territories().get(territory_key(text), UNKNOWN_TERRITORY)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)
