"""Filters of the list of explained names."""

from __future__ import annotations

from django_filters import rest_framework as filters

from layouts.models import KnownName, NameKind


class KnownNameFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=NameKind.choices)

    class Meta:
        model = KnownName
        fields = ["kind"]
