"""The words of a search: a few of them, however long the text is, because each is looked for in every row."""

from __future__ import annotations

from typing import Final

from django.utils.text import smart_split

MOST_WORDS: Final = 10


def words_of(text: str) -> list[str]:
    """Return the first `MOST_WORDS` words of `text`, without NULs, which PostgreSQL does not take."""
    return text.replace("\0", "").split()[:MOST_WORDS]


def first_words(text: str) -> str:
    """Return `text` up to its `MOST_WORDS`th word, without NULs; a phrase in quotes is one word."""
    return " ".join(list(smart_split(text.replace("\0", "")))[:MOST_WORDS])
