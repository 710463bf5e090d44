"""Currencies: from the codes and symbols of sales files to ISO 4217."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import pycountry

from oas.kernel.euro import CONVERSIONS

# Replaced codes, which files about older sales still have, and symbols.
_ALSO: Final = {
    "RUR": "RUB", "BYR": "BYN", "TRL": "TRY", "ROL": "RON",
    "US$": "USD", "$US": "USD", "$": "USD", "€": "EUR", "£": "GBP",
    "R$": "BRL", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "NT$": "TWD", "MX$": "MXN", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₪": "ILS", "ZŁ": "PLN", "KČ": "CZK",
}  # fmt: skip
# Symbols of several currencies.
_SHARED: Final = {
    "$": "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP UYU DOP JMD TTD BBD BSD BMD BZD FJD XCD",
    "£": "GBP EGP GIP FKP SHP LBP",
    "¥": "JPY CNY",
    "KR": "SEK NOK DKK ISK",
    "RS": "INR PKR LKR NPR MUR",
}
# The other currencies that share it are written with a letter (E£, L£), or are worth the same.
_MEANT: Final = {"£": "GBP"}
PATTERN: Final = r"(?P<currency>[a-z]{3}|us\$|\$us|[$€£])"  # a currency in a header name, in lower case


def currency_code(text: str | None) -> str | None:
    """The ISO 4217 code that `text` stands for; None for anything else. Replaced codes become their successors."""
    code = (text or "").strip().upper()
    code = _ALSO.get(code, code)
    return code if code in _currencies() else None


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    # ISO 4217 withdraws a code when its currency ends; files about older sales still have it.
    return frozenset((*(currency.alpha_3 for currency in pycountry.currencies), *CONVERSIONS))


@lru_cache(maxsize=4096)
def codes_of(symbols: str) -> frozenset[str]:
    """The ISO 4217 codes that codes and symbols, separated by spaces, can all stand for: `$ CAD` is CAD.

    Empty if one of them is no currency, or two contradict each other.
    """
    found = [_codes_of_one(symbol.upper()) for symbol in symbols.split()]
    return frozenset.intersection(*found) if found else frozenset()


def certain_code(symbols: str) -> str | None:
    """The code that `symbols` stand for alone; None for a sign of several currencies, such as `$` and `kr`."""
    found = codes_of(symbols)
    meant = {_MEANT.get(symbol, "") for symbol in symbols.split()} & found
    return next(iter(found)) if len(found) == 1 else next(iter(meant), None)


def _codes_of_one(symbol: str) -> frozenset[str]:
    if symbol in _SHARED:
        return frozenset(_SHARED[symbol].split())
    code = currency_code(symbol)
    return frozenset([code] if code else [])
