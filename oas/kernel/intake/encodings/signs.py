"""What a sign, anything that is no letter, costs where it stands in a name: a misread letter becomes one.

A letter that is read in a wrong encoding often comes out as a sign. The signs that people write stand where they
belong: quotes open before a capital, marks of rights end a word, a middle dot stands between two l.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

DAMAGED: Final = -24.0  # a byte that the encoding does not have, a control character, a character of nobody's
INSIDE: Final = -20.0  # between two letters, such as the one in "Bj\xb6rk"
MISPLACED: Final = -16.0
PLACED: Final = -3.0

_OPENING: Final = frozenset("\u2018\u201c\u201e\u201a\xab\u2039\xa1\xbf\u201b\u201f")
_CLOSING: Final = frozenset("\u2019\u201d\xbb\u203a\u2026\u2122\xae\u201c\u2018")
_OF_NUMBERS: Final = frozenset("\u20ac\xa3\xa5\xa2\xa7\xb0\xaa\xba\xbd\xbc\xbe\xb2\xb3\xb9\xd7\xb1\u2116")
_ALONE: Final = frozenset("\u2013\u2014\u2022\xb7\xa9\xd7&\xf7\u2020\u2026\xa0")
_EAST_ASIAN: Final = frozenset(
    "\u3002\u3001\u30fb\u300c\u300d\u300e\u300f\u3010\u3011\u301c\uff5e\uff01\uff1f\uff08"
    "\uff09\uff1a\uff0c\uff06\uff0b\uff0d\uff0f\uff3b\uff3d\u3005\u30fc"
)
_APOSTROPHE: Final = "\u2019"
_ELIDED: Final = re.compile(
    r"(?:^|[^\w])(?:l|d|j|c|n|s|m|t|qu|o|un|all|dell|nell|sull|dall|jusqu|lorsqu|quelqu|aujourd)$", re.I
)
_SHORTENED: Final = re.compile(r"(?:s|t|m|d|re|ll|ve|n|em|nin|da|de)(?![^\W\d_])", re.I)
_CUT_OFF: Final = re.compile(r"(?:til|till|cause|em|n|round|bout|tis|twas|s|t|k)(?![^\W\d_])", re.I)


def cost_of(text: str, place: int) -> float:
    """Return what the sign at `place` of `text` costs, as the logarithm of how likely it is there; 0 for ASCII."""
    sign = text[place]
    if sign.isascii():
        return 0.0 if sign.isprintable() or sign == "\t" else DAMAGED
    if unicodedata.category(sign) in ("Cc", "Co", "Cn", "Cs") or sign == "\ufffd":
        return DAMAGED
    if sign in _EAST_ASIAN:
        return PLACED
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if before.isalpha() and after.isalpha():
        return _inside(text, place)
    if sign == _APOSTROPHE and after.isalpha():
        return PLACED if _CUT_OFF.match(text, place + 1) else MISPLACED
    return _beside(sign, before, after)


def _inside(text: str, place: int) -> float:
    if text[place] == _APOSTROPHE:
        usual = _ELIDED.search(text, 0, place) or _SHORTENED.match(text, place + 1)
        return PLACED if usual else MISPLACED
    if text[place] == "\xb7" and text[place - 1] + text[place + 1] in ("ll", "LL"):
        return PLACED
    return MISPLACED if text[place] == "\u2013" else INSIDE


def _beside(sign: str, before: str, after: str) -> float:
    near, far = _is_edge(before), _is_edge(after)
    if near and far:
        return PLACED if sign in _ALONE or sign in _OF_NUMBERS else MISPLACED
    if _is_number(before) or _is_number(after):
        return PLACED if sign in _OF_NUMBERS | _OPENING | _CLOSING | _ALONE else MISPLACED
    if near and after.isalpha() and sign in _OPENING:
        # A name begins with a capital letter: a small one after a sign is what a capital with an accent leaves.
        return MISPLACED if after.islower() else PLACED
    if far and before.isalpha() and sign in _CLOSING:
        return PLACED
    return MISPLACED


def _is_number(neighbour: str) -> bool:
    return neighbour.isascii() and neighbour.isdigit()


def _is_edge(neighbour: str) -> bool:
    return not neighbour or (neighbour.isascii() and not neighbour.isalnum())
