"""What pages of the admin site share, in all apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from oas.words import first_words

if TYPE_CHECKING:  # Django's own class takes no type parameters
    Page = admin.ModelAdmin[Any]
else:
    Page = admin.ModelAdmin


class FewWords(Page):
    """A page whose search looks at the first words only (`oas.words`)."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, first_words(search_term))
