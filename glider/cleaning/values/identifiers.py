"""Parses ISRC and UPC as files write them to the form in which they are compared."""

from __future__ import annotations

from typing import Final

import polars as pl

from oas.kernel.totals import ROUNDED

_ISRC: Final = r"^[A-Z]{2}[A-Z0-9]{3}\d{7}$"
_UPC: Final = r"^\d{12,14}$"
_PREFIX: Final = r"^(?i:empty:|SCDD\.)"
_BLANK: Final = ("", "nan", "none", "null", "n/a", "-", "empty:")


def parse_isrcs(cells: pl.Series) -> pl.Series:
    """Return twelve characters in upper case, without hyphens and spaces; what is no ISRC (such as a video id) is null.

    The form is that of ISO 3901: two letters, three letters or digits, seven digits.
    """
    text = pl.col("cell").str.replace_all(r"[\s\-\u00a0\u2010-\u2015]", "").str.to_uppercase()
    text = text.str.strip_prefix("ISRC").str.strip_prefix(":")
    return cells.to_frame("cell").select(pl.when(text.str.contains(_ISRC)).then(text)).to_series()


def parse_upcs(cells: pl.Series) -> pl.Series:
    """Return 12 to 14 digits, or the code as written if it is no UPC; blanks and words like `nan` are null.

    What spreadsheets do to codes (a lost leading zero, `.0`, an exponent) is undone where the check digit then holds.
    """
    bare = pl.col("cell").str.strip_chars(" \u00a0\t'\"").str.replace(_PREFIX, "").str.strip_chars()
    stated = pl.when(~bare.str.to_lowercase().is_in(_BLANK)).then(bare)
    odd_ones = stated.is_not_null() & ~stated.str.contains(_UPC)
    text, odd = cells.to_frame("cell").select(stated.alias("text"), odd_ones.alias("odd"))
    return text.scatter(odd.arg_true(), _mended(text.filter(odd))) if odd.any() else text


def _mended(text: pl.Series) -> pl.Series:
    digits = text.str.replace_all(r"[\s\-]", "").str.to_lowercase()
    # Exact decimals, not floats: an exponent must give back every digit. Some countries write 1,98E+11.
    number = digits.str.replace(",", ".", literal=True).cast(pl.Decimal(38, 0), strict=False)
    spelled = number.cast(pl.String)  # 1.98E+11 and 198000000012.0
    whole = digits.str.contains(r"^\d+$")
    spelled = spelled.set(_rounded(digits, spelled), None)
    digits = digits.zip_with(whole, spelled).str.zfill(12)
    return digits.zip_with(check_digit_holds(digits), text)


def _rounded(text: pl.Series, spelled: pl.Series) -> pl.Series:
    """Whether digits were lost to an exponent: 8.6e+11 was some other code of twelve digits before."""
    shown = text.str.replace(r"e.*$", "").str.replace(r"[.,]", "").str.len_chars()
    return text.str.contains("e", literal=True) & (shown < spelled.str.len_chars().cast(pl.Int64) - 1)


def are_rounded(codes: pl.Series) -> pl.Series:
    """Whether each of `codes`, as `parse_upcs` returns them, is no code because a spreadsheet rounded it."""
    return codes.str.contains(ROUNDED).fill_null(False)


def check_digit_holds(digits: pl.Series) -> pl.Series:
    """Whether each of `digits` has 12 to 14 of them and ends in its check digit (GS1 General Specifications, 7.9)."""
    number = digits.set(~digits.str.contains(_UPC), None).cast(pl.Int64, strict=False)
    total = pl.Series([0] * len(number), dtype=pl.Int64)
    for place in range(14):
        total += (number // 10**place) % 10 * (3 if place % 2 else 1)
    return (total % 10 == 0).fill_null(False)
