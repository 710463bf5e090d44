"""The pages in which lists are answered."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """`?page=2&page_size=100` → count, next, previous, results."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """The size asked for, at most `max_page_size`. Raises ValidationError for what is no number."""
        given = request.query_params.get("page_size", "1")
        # DRF would use its default for a size that is no number; at most nine digits, as int() refuses very long ones.
        if not (given.isascii() and given.isdigit() and int(given[:9]) > 0):
            raise ValidationError({"page_size": "A whole number, 1 or more."}, code="invalid")
        return super().get_page_size(request) or self.max_page_size
