"""Rules for identifiers, territories and names; each raises Django's ValidationError."""

from __future__ import annotations

import unicodedata
from functools import cache

import pycountry
from django.core.exceptions import ValidationError

from oas.kernel.match_keys import is_upc, normal_isrc, normal_name, normal_upc, shown_upc

BAD_ISRC = "Not an ISRC: two letters, three letters or digits, seven digits (QZAAA2500001)."
BAD_UPC = "Not a UPC or EAN: 12 to 14 digits."
BAD_CHECK_DIGIT = "The check digit of this UPC or EAN is wrong."


@cache
def countries() -> frozenset[str]:
    """Return the alpha-2 codes of ISO 3166-1."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def clean_isrc(text: str) -> str:
    """Return the ISRC as twelve characters without hyphens; empty text stays empty."""
    if not text.strip():
        return ""
    isrc = normal_isrc(text)
    if isrc is None:
        raise ValidationError(BAD_ISRC, code="bad_isrc")
    return isrc


def clean_upc(text: str) -> str:
    """Return the UPC or EAN as it is printed, with 12, 13 or 14 digits; empty text stays empty."""
    if not text.strip():
        return ""
    gtin = normal_upc(text)
    if gtin is None:
        raise ValidationError(BAD_UPC, code="bad_upc")
    if not is_upc(gtin):
        raise ValidationError(BAD_CHECK_DIGIT, code="bad_check_digit")
    return shown_upc(gtin) or ""


def validate_isrc(text: str) -> None:
    if clean_isrc(text) != text:
        raise ValidationError(BAD_ISRC, code="bad_isrc")


def validate_upc(text: str) -> None:
    if clean_upc(text) != text:
        raise ValidationError(BAD_UPC, code="bad_upc")


def validate_territory(code: str) -> None:
    if code not in countries():
        raise ValidationError(f"{code} is no country of ISO 3166-1 alpha-2 (DE, US …).", code="bad_territory")


def validate_name(text: str) -> None:
    """Refuse a name of invisible characters only, and control characters."""
    if normal_name(text) is None:
        raise ValidationError("This name has nothing to see in it.", code="blank")
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValidationError("Control characters are not allowed.", code="control_character")
