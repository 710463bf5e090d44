"""Codes of territories that a name can stand for: ISO 3166-1 alpha-2, Kosovo's, and that of the whole world."""

from __future__ import annotations

from typing import Final

import pycountry

from glider.canonical.schema import WORLDWIDE

__all__ = ["WORLDWIDE", "is_country"]

_BESIDES: Final = (WORLDWIDE, "XK")  # XK: Kosovo, which ISO has given no code


def is_country(code: str) -> bool:
    """Return whether `code`, in capitals, is one that a sale line may have for a known territory."""
    return code in _BESIDES or (len(code) == 2 and pycountry.countries.get(alpha_2=code) is not None)
