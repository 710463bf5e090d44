"""The encodings in which a file may be read, by the names that people answer with.

`GUESSED` are those that are told from a file's bytes; the rest are rare, and only read when a person names them.
"""

from __future__ import annotations

import codecs
from typing import Final

GUESSED: Final = (
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "mac_roman", "shift_jis", "euc_kr", "gb18030", "big5",
)  # fmt: skip
UTF16: Final = ("utf-16-le", "utf-16-be")
NAMED: Final = (
    "utf-8", *UTF16, *GUESSED,
    "cp1255", "cp1256", "cp1258", "cp874", "cp437", "cp850", "cp852", "cp866", "iso8859_2", "iso8859_7", "iso8859_15",
    "koi8_r", "euc_jp", "mac_cyrillic", "mac_latin2",
)  # fmt: skip
# Windows writes these three with more characters than their standards have: its own tables read both.
_CODECS: Final = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950"}


def codec_of(name: str) -> str:
    """Return the name of Python's codec for the encoding `name`, one of `NAMED`."""
    return _CODECS.get(name, name)


def named(text: str) -> str | None:
    """Return the encoding that `text` means in any of its usual spellings, such as Windows-1251 or GBK; None if none.

    >>> named("Windows-1251"), named("GBK"), named("EBCDIC")
    ('cp1251', 'gb18030', None)
    """
    try:
        return _BY_CODEC.get(codecs.lookup(text.strip()).name)
    except (LookupError, ValueError, UnicodeError):
        return None


def _by_codec() -> dict[str, str]:
    """Canonical name of a codec → encoding; what is part of a larger encoding is read as that."""
    parts = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}
    parts |= {"ascii": "utf-8", "utf-8-sig": "utf-8", "big5": "big5", "shift_jis": "shift_jis", "euc_kr": "euc_kr"}
    return parts | {codecs.lookup(codec_of(name)).name: name for name in NAMED}


_BY_CODEC: Final = _by_codec()
