"""Single characters: their script, and how usual one of Chinese, Japanese or Korean is in a language."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

IDEOGRAPHIC: Final = frozenset({"HAN", "KANA", "HALFWIDTH", "HANGUL"})
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI", "HANGUL", "HALFWIDTH")
_NAMES: Final = {"CJK": "HAN", "IDEOGRAPHIC": "HAN"} | dict.fromkeys(
    ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), "KANA"
)
# For each language: the sets its characters are from, each with a codec, the first bytes it has there, how many
# characters that are, and which share of the text they make. Character sets put the usual characters first.
_SETS: Final[dict[str, tuple[tuple[str, int, int, int, float], ...]]] = {
    "ja": (("euc_jp", 0xB0, 0xCF, 2400, 0.06), ("euc_jp", 0xD0, 0xF4, 3400, 0.004)),
    "ko": (("euc_kr", 0xB0, 0xC8, 2000, 0.24), ("euc_kr", 0xCA, 0xFD, 4900, 0.0005)),
    "zh_Hans": (("gb2312", 0xB0, 0xD7, 3000, 0.25), ("gb2312", 0xD8, 0xF7, 3000, 0.02)),
    "zh_Hant": (("big5", 0xA4, 0xC6, 4700, 0.25), ("big5", 0xC9, 0xF9, 7600, 0.02)),
}
_COMMON: Final = {"ja": 0.35, "ko": 0.75, "zh_Hans": 0.72, "zh_Hant": 0.72}
_KANA: Final = {"ja": 0.58, "ko": 0.0005, "zh_Hans": 0.001, "zh_Hant": 0.001}
_KANA_COUNT: Final = 170
RARE: Final = 1e-7


@lru_cache(maxsize=20_000)
def script_of(letter: str) -> str:
    """Return the script of `letter` as Unicode names it, HAN and KANA for those of East Asia; OTHER for further ones.

    >>> script_of("é"), script_of("я"), script_of("夜")
    ('LATIN', 'CYRILLIC', 'HAN')
    """
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first if first in _SCRIPTS else _NAMES.get(first, "OTHER")


def usual_share(letter: str, language: str, common: str) -> float:
    """Return which share of the text of `language` the character `letter` makes; `common` are its usual ones."""
    script = script_of(letter)
    if script == "HALFWIDTH":
        return 3e-5 if language == "ja" else RARE
    if script == "KANA":
        return _KANA[language] / _KANA_COUNT
    if letter in common:
        return _COMMON[language] / len(common)
    return _share_of_set(letter, language)


def _share_of_set(letter: str, language: str) -> float:
    for codec, first, last, count, share in _SETS[language]:
        code = letter.encode(codec, "ignore")
        if len(code) == 2 and first <= code[0] <= last:
            return share / count
    return RARE
