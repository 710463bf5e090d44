"""Territories as files write them (two letters, three letters, names in some languages) to ISO 3166-1 alpha-2."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

import pycountry
from babel import Locale

from glider.schema import UNKNOWN_TERRITORY, WORLDWIDE

LANGUAGES: Final = ("en", "id", "fr", "de", "es", "pt", "it", "nl")

# What neither list knows: older and shorter names, and the codes that stores made up.
_ALSO: Final = {
    "uk": "GB", "great britain": "GB", "england": "GB", "usa": "US", "united states of america": "US",
    "south korea": "KR", "korea": "KR", "north korea": "KP", "russia": "RU", "vietnam": "VN", "laos": "LA",
    "iran": "IR", "syria": "SY", "moldova": "MD", "tanzania": "TZ", "bolivia": "BO", "venezuela": "VE",
    "brunei": "BN", "czech republic": "CZ", "macedonia": "MK", "swaziland": "SZ", "cape verde": "CV",
    "ivory coast": "CI", "hong kong": "HK", "macau": "MO", "taiwan": "TW", "turkey": "TR", "kosovo": "XK", "xk": "XK",
    "worldwide": WORLDWIDE, "world": WORLDWIDE, "global": WORLDWIDE, "ww": WORLDWIDE, "xw": WORLDWIDE,
    "international": WORLDWIDE, "all": WORLDWIDE,
}  # fmt: skip


def plain_place(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().split())


@lru_cache(maxsize=1)
def territories() -> dict[str, str]:
    """Plain name or code → alpha-2."""
    known: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        for name in (country.alpha_2, country.alpha_3, *names):
            known[plain_place(name)] = country.alpha_2
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code in _codes():
                known.setdefault(plain_place(name), code)
    known.pop("", None)
    return known | _ALSO


@lru_cache(maxsize=65536)
def territory(text: str) -> str:
    """One cell; `ZZ` when it names no country (a store's own code for "the rest", or nothing)."""
    return territories().get(plain_place(text), UNKNOWN_TERRITORY)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)
