"""Names of months, long and short, in the languages of sales files; from CLDR, and a few that only spreadsheets write.

A name that is another month in another language (Polish and Croatian `listopad`) is no name here; English comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, Literal

from babel import Locale

LANGUAGES: Final = (
    "id", "fr", "de", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "hr", "sl", "ca",
    "tr", "et", "lv", "lt", "el", "ru", "uk", "bg",
)  # fmt: skip
_CONTEXTS: Final[tuple[Literal["format", "stand-alone"], ...]] = ("format", "stand-alone")
_WIDTHS: Final[tuple[Literal["wide", "abbreviated"], ...]] = ("wide", "abbreviated")
# As spreadsheets abbreviate them; CLDR has others.
_ALSO: Final = {
    "sept": 9, "mrz": 3, "maerz": 3, "fevr": 2, "aout": 8, "set": 9, "sep": 9, "фев": 2, "июн": 6, "июл": 7, "сен": 9,
    "ноя": 11,
}  # fmt: skip
# In names of columns.
_MONTH: Final = (
    "month", "months", "period", "monat", "zeitraum", "mois", "période", "mes", "mês", "período", "periodo", "mese",
    "maand", "periode", "månad", "måned", "miesiąc", "okres", "měsíc", "hónap", "lună", "месяц", "период", "місяць",
)  # fmt: skip
_DAY: Final = ("date", "day", "datum", "fecha", "data", "дата", "start", "end", "begin", "from", "to", "first", "last")


def is_called_month(column: str) -> bool:
    """Whether the name of a `column` says that it holds months: `Sales Month`, but not `Period Start Date`."""
    words = frozenset(re.findall(r"[^\W\d_]+", column.casefold()))
    return not words.isdisjoint(_MONTH) and words.isdisjoint(_DAY)


@cache
def month_numbers() -> dict[str, int]:
    """Name, casefolded and without points → number of the month."""
    found: dict[str, int | None] = {}
    for language in LANGUAGES:
        for name, number in _names_in(language):
            found[name] = number if found.get(name, number) == number else None
    certain = {name: number for name, number in found.items() if number is not None}
    return certain | _ALSO | dict(_names_in("en"))


def _names_in(language: str) -> Iterator[tuple[str, int]]:
    months = Locale.parse(language).months
    for context in _CONTEXTS:
        for width in _WIDTHS:
            for number, name in months[context][width].items():
                yield key_of(name), number


def key_of(name: str) -> str:
    """Return the form in which names of months are compared."""
    return name.casefold().replace(".", "").strip()
