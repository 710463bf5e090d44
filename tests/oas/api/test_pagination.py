"""The size of a page."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from oas.api.pagination import Pages


def size(query: str) -> int | None:
    return Pages().get_page_size(Request(RequestFactory().get(f"/{query}")))


@pytest.mark.parametrize(
    ("query", "expected"), [("", 50), ("?page_size=1", 1), ("?page_size=200", 200), ("?page_size=201", 200)]
)
def test_the_size_is_as_asked_for_up_to_the_largest(query: str, expected: int) -> None:
    assert size(query) == expected


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "many", "", "²"])
def test_a_size_that_is_no_number_is_refused(given: str) -> None:
    with pytest.raises(ValidationError) as raised:
        size(f"?page_size={given}")
    assert raised.value.get_codes() == {"page_size": "invalid"}
