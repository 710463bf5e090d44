"""The `search` parameter of lists."""

from __future__ import annotations

from rest_framework.filters import SearchFilter
from rest_framework.request import Request

from oas.words import MOST_WORDS


class WordSearch(SearchFilter):
    """Looks for the first `MOST_WORDS` words: each costs a comparison with every row."""

    def get_search_terms(self, request: Request) -> list[str]:
        terms: list[str] = list(super().get_search_terms(request))
        return terms[:MOST_WORDS]
