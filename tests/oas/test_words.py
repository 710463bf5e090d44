from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from oas.api.search import WordSearch
from oas.words import MOST_WORDS, first_words, words_of


def test_words_are_few_and_without_nuls() -> None:
    assert words_of("a\0b  c") == ["ab", "c"]
    assert words_of(" ".join(map(str, range(1000)))) == [str(number) for number in range(MOST_WORDS)]


def test_a_phrase_in_quotes_is_one_word() -> None:
    text = '"night bus" ' + " ".join(map(str, range(1000)))
    assert first_words(text) == '"night bus" ' + " ".join(map(str, range(MOST_WORDS - 1)))


def test_the_search_of_a_list_looks_for_the_first_words() -> None:
    request = Request(RequestFactory().get("/", {"search": "word " * 1000}))
    assert WordSearch().get_search_terms(request) == ["word"] * MOST_WORDS


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page",
    [
        "salesfiles/salesfile", "catalogue/track", "catalogue/release", "catalogue/artist", "catalogue/alias",
        "fetcher/batch", "fetcher/watchedfolder", "reports/report", "layouts/layout",
    ],
)  # fmt: skip
def test_a_search_of_a_thousand_words_asks_for_ten(
    page: str, admin_client: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as seen:
        assert admin_client.get(f"/admin/{page}/", {"q": "word " * 1000}).status_code == 200
    assert max(query["sql"].lower().count("%word%") for query in seen.captured_queries) <= 5 * MOST_WORDS
