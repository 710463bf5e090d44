"""The normal forms in which OAS and Glider compare identifiers, titles and names.

Each is a rule over a Polars column, and takes a single text as well: `normal_isrc(pl.col("isrc"))`,
`normal_isrc("…")`. A text without a normal form (empty, or no ISRC at all) gives null, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, overload

import polars as pl

ISRC: Final = r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$"  # ISO 3901: country, registrant, year, designation; no check digit
DASHES: Final = r"\-\u2010-\u2015\u2212\ufe63\uff0d"
_INVISIBLE: Final = r"[\u200b-\u200f\u2060\ufeff\u00ad]"
_ACCENTS: Final = r"[\u0300-\u036f]"  # not the vowel signs of other scripts, which are letters there
_FEATURED: Final = r"(?:featuring|feat\.?|ft\.?)"


class Normal:
    """A rule for a column that can be called with a single text as well."""

    def __init__(self, rule: Callable[[pl.Expr], pl.Expr]) -> None:
        self.rule = rule
        self.__doc__ = rule.__doc__

    @overload
    def __call__(self, value: pl.Expr) -> pl.Expr: ...
    @overload
    def __call__(self, value: str | None) -> str | None: ...
    def __call__(self, value: pl.Expr | str | None) -> pl.Expr | str | None:
        if isinstance(value, pl.Expr):
            return self.rule(value)
        # One implementation for both: a text that is compared with a column must take the same form to the letter.
        found: str | None = pl.select(self.rule(pl.lit(value, dtype=pl.String))).item()
        return found


# --- identifiers ---


@Normal
def normal_isrc(cells: pl.Expr) -> pl.Expr:
    """An ISRC as twelve characters in upper case, without hyphens and spaces; null when it is none (a video's id)."""
    text = cells.str.replace_all(rf"[\s{DASHES}]|{_INVISIBLE}", "").str.to_uppercase()
    text = text.str.replace(r"^ISRC:?", "")
    return pl.when(text.str.contains(ISRC)).then(text)


@Normal
def normal_upc(cells: pl.Expr) -> pl.Expr:
    """A UPC, EAN or GTIN (8 to 14 digits, spaces and hyphens aside) as 14 digits, zeros in front.

    The check digit is not looked at (`check_digit_holds` does that): a wrong code can still have an alias.
    """
    # Spreadsheets make `.0` of a code that they took for a number.
    digits = cells.str.replace_all(rf"[\s{DASHES}'\"]|{_INVISIBLE}", "").str.replace(r"\.0+$", "")
    right = digits.str.contains(r"^[0-9]{8,14}$") & ~digits.str.contains(r"^0+$")
    return pl.when(right).then(digits.str.zfill(14))


def check_digit_holds(gtin: pl.Expr) -> pl.Expr:
    """Whether the 14 digits of `gtin` (see `normal_upc`) end in their check digit (GS1 General Specifications, 7.9)."""
    number = gtin.cast(pl.Int64, strict=False)
    total = pl.sum_horizontal((number // 10**place) % 10 * (3 if place % 2 else 1) for place in range(14))
    return ((total % 10 == 0) & number.is_not_null()).fill_null(False)


@Normal
def shown_upc(gtin: pl.Expr) -> pl.Expr:
    """The 14 digits of `gtin` (see `normal_upc`) as they are printed: 12, 13 or 14, without needless zeros."""
    return gtin.str.strip_chars_start("0").str.zfill(12)


def is_upc(text: str) -> bool:
    """Whether `text` is a UPC, EAN or GTIN whose check digit holds."""
    return bool(pl.select(check_digit_holds(normal_upc(pl.lit(text)))).item())


@Normal
def normal_catalogue_number(cells: pl.Expr) -> pl.Expr:
    """A catalogue number in upper case, without spaces and hyphens: `test-01 lp` is TEST01LP."""
    text = cells.str.normalize("NFKC").str.replace_all(rf"[\s{DASHES}]|{_INVISIBLE}", "").str.to_uppercase()
    return _or_null(text)


# --- names ---


@Normal
def normal_name(cells: pl.Expr) -> pl.Expr:
    """A name without regard to case and spacing: two spellings of one form are one artist of the catalogue."""
    text = cells.str.normalize("NFKC").str.replace_all(_INVISIBLE, "").str.to_lowercase()
    return _or_null(text.str.replace_all(r"\s+", " ").str.strip_chars())


@Normal
def normal_title(cells: pl.Expr) -> pl.Expr:
    """A title in lower case, without accents, punctuation, featured artists; versions stay: `night bus radio edit`."""
    text = cells.str.replace_all(rf"(?i)\s*[(\[]\s*{_FEATURED}\s[^)\]]*[)\]]", "")
    text = text.str.replace(rf"(?i)^(.+?)\s+{_FEATURED}\s+.*?(\s+[\-\u2013]\s+.*|[(\[].*)?$", "${1} ${2}")
    return _words(text, otherwise=cells)


@Normal
def normal_artist(cells: pl.Expr) -> pl.Expr:
    """An artist like a title, without featured artists and article: `The Aurora Lane feat. Bo` is `aurora lane`."""
    text = cells.str.replace(rf"(?i)^(.+?)\s*[(\[]?\s*\b{_FEATURED}\s.*$", "${1}")
    words = _words(text, otherwise=cells)
    return words.str.replace(r"^the (.+)$", "${1}").str.replace(r"^(.+) the$", "${1}")


def artist_title_key(artist: pl.Expr, title: pl.Expr) -> pl.Expr:
    """The key of an alias by artist and title, from both as written; null when either is missing."""
    return normal_artist(artist) + pl.lit("|") + normal_title(title)


def artist_title_key_of(artist: str, title: str) -> str | None:
    """`artist_title_key` of two texts."""
    found: str | None = pl.select(artist_title_key(pl.lit(artist), pl.lit(title))).item()
    return found


def full_title(title: pl.Expr, version: pl.Expr) -> pl.Expr:
    """Title and version in one text, as stores write it: `Night Bus (Radio Edit)`."""
    bracketed = pl.format("{} ({})", title, version)
    return pl.when(version.fill_null("") != "").then(bracketed).otherwise(title)


def _words(cells: pl.Expr, *, otherwise: pl.Expr) -> pl.Expr:
    """The words of `cells` with single spaces; of texts without any word, `otherwise` in lower case."""
    # `???` is a title: without its punctuation nothing would be left to compare.
    text = _lowered(cells).str.replace_all("&", " and ", literal=True)
    text = text.str.replace_all(r"['\u2018\u2019\u02bc`]", "").str.replace_all(r"[\p{P}]", " ")
    words = _or_null(text.str.replace_all(r"\s+", " ").str.strip_chars())
    return pl.coalesce(words, _or_null(_lowered(otherwise).str.strip_chars()))


def _lowered(cells: pl.Expr) -> pl.Expr:
    text = cells.str.normalize("NFKD").str.replace_all(rf"{_ACCENTS}|{_INVISIBLE}", "").str.normalize("NFKC")
    return text.str.to_lowercase().str.replace_all("ß", "ss", literal=True)


def _or_null(cells: pl.Expr) -> pl.Expr:
    return pl.when(cells != "").then(cells)
