"""Currencies: from the codes and symbols of sales files to ISO 4217."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import pycountry

# Replaced codes, which files about older sales still have, and symbols.
_ALSO: Final = {
    "RUR": "RUB", "BYR": "BYN", "TRL": "TRY", "ROL": "RON",
    "US$": "USD", "$US": "USD", "$": "USD", "€": "EUR", "£": "GBP",
}  # fmt: skip
PATTERN: Final = r"(?P<currency>[a-z]{3}|us\$|\$us|[$€£])"  # a currency in a header name, in lower case


def currency_code(text: str | None) -> str | None:
    """The ISO 4217 code that `text` stands for; None for anything else. Replaced codes become their successors."""
    code = (text or "").strip().upper()
    code = _ALSO.get(code, code)
    return code if code in _currencies() else None


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)
