"""Filters of the catalogue's lists. Identifiers and names are compared in their normal form."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework.filters import SearchFilter
from rest_framework.request import Request

from catalogue.models import (
    Alias,
    AliasKind,
    Artist,
    CatalogueImport,
    ImportStatus,
    Release,
    Role,
    Track,
)
from oas.kernel.match_keys import normal_isrc, normal_name, normal_upc, shown_upc

NEVER = "\x01"  # no row has it: control characters are refused in names and codes


class WorkSearch(SearchFilter):
    """The `search` parameter, answered by the view's `find`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        text = request.query_params.get(self.search_param, "")
        found: QuerySet[Any] = view.find(queryset, text) if text else queryset
        return found


class IsrcFilter(filters.CharFilter):  # type: ignore[misc]
    """An ISRC in any spelling; text that is no ISRC finds nothing."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(rows, (normal_isrc(value) or NEVER) if value else value)
        return found


class UpcFilter(filters.CharFilter):  # type: ignore[misc]
    """A UPC, EAN or GTIN in any spelling; text that is none finds nothing."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(rows, (shown_upc(normal_upc(value)) or NEVER) if value else value)
        return found


class NameFilter(filters.CharFilter):  # type: ignore[misc]
    """A whole name, whatever its case and spacing."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter(rows, (normal_name(value) or NEVER) if value else value)
        return found


class Changed(filters.FilterSet):  # type: ignore[misc]
    updated_after = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte", label="Changed since.")


class ArtistFilter(Changed):
    name = NameFilter(field_name="normal_name", label="The whole name, whatever its case and spacing.")

    class Meta:
        model = Artist
        fields = ["name"]


class ReleaseFilter(Changed):
    upc = UpcFilter(field_name="upc", label="In any spelling.")
    title = filters.CharFilter(lookup_expr="iexact", label="The whole title, whatever its case.")
    catalogue_number = filters.CharFilter(lookup_expr="iexact")
    label = filters.CharFilter(lookup_expr="iexact")
    artist = filters.NumberFilter(field_name="credits__artist_id", label="The id of an artist.")
    date_after = filters.DateFilter(field_name="date", lookup_expr="gte", label="Released on this day or later.")
    date_before = filters.DateFilter(field_name="date", lookup_expr="lt", label="Released before this day.")
    territory = filters.CharFilter(method="in_territory", label="Released there: alpha-2, or for the whole world.")

    class Meta:
        model = Release
        fields = ["upc", "title", "catalogue_number", "label"]

    def in_territory(self, rows: QuerySet[Release], name: str, value: str) -> QuerySet[Release]:
        return rows.filter(Q(territories__contains=[value.upper()[:2]]) | Q(territories=[]))


class TrackFilter(Changed):
    isrc = IsrcFilter(field_name="isrc", label="In any spelling.")
    title = filters.CharFilter(lookup_expr="iexact", label="The whole title, whatever its case.")
    artist = filters.NumberFilter(method="by_artist", label="The id of an artist, in whatever role.")
    role = filters.ChoiceFilter(method="by_role", choices=Role.choices, label="With `artist`: only in this role.")
    release = filters.NumberFilter(field_name="places__release_id", label="The id of a release.")
    upc = UpcFilter(field_name="places__release__upc", label="The UPC of a release.")
    on_release = filters.BooleanFilter(method="placed", label="Whether it is on any release.")

    class Meta:
        model = Track
        fields = ["isrc", "title"]

    def by_artist(self, rows: QuerySet[Track], name: str, value: int) -> QuerySet[Track]:
        role = self.form.cleaned_data.get("role")
        found = {"credits__artist_id": value} | ({"credits__role": role} if role else {})
        return rows.filter(**found).distinct()

    def by_role(self, rows: QuerySet[Track], name: str, value: str) -> QuerySet[Track]:
        if self.form.cleaned_data.get("artist"):
            return rows  # `by_artist` applies the role: one credit must have both
        return rows.filter(credits__role=value).distinct()

    def placed(self, rows: QuerySet[Track], name: str, value: bool) -> QuerySet[Track]:
        return rows.filter(places__isnull=not value).distinct()


class AliasFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=AliasKind.choices)
    track = filters.NumberFilter(field_name="track_id", label="The id of a track.")
    release = filters.NumberFilter(field_name="release_id", label="The id of a release.")

    class Meta:
        model = Alias
        fields = ["kind"]


class ImportFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(choices=ImportStatus.choices, distinct=False)

    class Meta:
        model = CatalogueImport
        fields = ["status"]
