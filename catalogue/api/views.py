"""Routes of the catalogue: views parse and authorise, services do the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.access import actor_of, organisation_of
from accounts.scope import OrganisationModel
from catalogue.api import docs
from catalogue.api.filters import AliasFilter, ArtistFilter, ReleaseFilter, TrackFilter, WorkSearch
from catalogue.api.serializers import (
    AliasesInputSerializer,
    AliasInputSerializer,
    AliasSerializer,
    ArtistInputSerializer,
    ArtistSerializer,
    ReleaseInputSerializer,
    ReleaseSerializer,
    TrackInputSerializer,
    TrackSerializer,
)
from catalogue.models import Alias, Artist, Release, Track
from catalogue.services import aliases, search, works
from idempotency.views import IdempotentPosts
from oas.api.refusals import BadValue, Refused, answer_to

M = TypeVar("M", bound=OrganisationModel)
BACKENDS = (DjangoFilterBackend, WorkSearch, OrderingFilter)


class ScopedViewSet(IdempotentPosts, viewsets.GenericViewSet[M]):
    """Rows of the active organisation, newest first. A refusal of a service becomes the response for it."""

    model: ClassVar[Any]
    related: ClassVar[tuple[str, ...]] = ()
    lookup_value_regex = "[0-9]+"
    ordering: Any = ("-id",)

    def get_queryset(self) -> QuerySet[M]:
        if getattr(self, "swagger_fake_view", False):
            rows: QuerySet[M] = self.model.everything.none()
            return rows
        found: QuerySet[M] = self.model.objects.of(organisation_of(self.request))
        return found.prefetch_related(*self.related)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(answer_to(exc) if isinstance(exc, Refused) else exc)


class WorkViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, ScopedViewSet[M]):
    """Artists, releases and tracks: `make`, `change` and `remove` are the services; `noun` is their argument."""

    input_class: ClassVar[type[BaseSerializer[Any]]]
    noun: ClassVar[str]
    make: ClassVar[Callable[..., models.Model]]
    change: ClassVar[Callable[..., models.Model]]
    remove: ClassVar[Callable[..., None]]

    def create(self, request: Request) -> Response:
        given = valid(self.input_class(data=request.data))
        row = type(self).make(organisation=organisation_of(request), **given)
        headers = {"Location": self.reverse_action("detail", [row.pk])}
        return Response(self._shown(row), status=201, headers=headers)

    def partial_update(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        given = valid(self.input_class(data=request.data, partial=True))
        return Response(self._shown(type(self).change(**{self.noun: row}, **given)))

    def destroy(self, request: Request, pk: str) -> Response:
        type(self).remove(**{self.noun: self.get_object()})
        return Response(status=204)

    def _shown(self, row: models.Model) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=row.pk)).data


@docs.artists
class ArtistViewSet(WorkViewSet[Artist]):
    model = Artist
    queryset = Artist.everything.none()
    serializer_class = ArtistSerializer
    input_class = ArtistInputSerializer
    noun, make, change, remove = "artist", works.create_artist, works.change_artist, works.delete_artist
    filterset_class = ArtistFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "created_at", "updated_at")


@docs.releases
class ReleaseViewSet(WorkViewSet[Release]):
    model = Release
    related = ("credits__artist",)
    queryset = Release.everything.none()
    serializer_class = ReleaseSerializer
    input_class = ReleaseInputSerializer
    noun, make, change, remove = "release", works.create_release, works.change_release, works.delete_release
    filterset_class = ReleaseFilter
    filter_backends = BACKENDS
    find = staticmethod(search.search_releases)
    ordering_fields = ("id", "title", "upc", "catalogue_number", "label", "date", "created_at", "updated_at")


@docs.tracks
class TrackViewSet(WorkViewSet[Track]):
    model = Track
    related = ("credits__artist", "places__release")
    queryset = Track.everything.none()
    serializer_class = TrackSerializer
    input_class = TrackInputSerializer
    noun, make, change, remove = "track", works.create_track, works.change_track, works.delete_track
    filterset_class = TrackFilter
    filter_backends = BACKENDS
    find = staticmethod(search.search_tracks)
    ordering_fields = ("id", "title", "isrc", "duration", "created_at", "updated_at")


@docs.aliases
class AliasViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, ScopedViewSet[Alias]):
    model = Alias
    queryset = Alias.everything.none()
    serializer_class = AliasSerializer
    filterset_class = AliasFilter
    search_fields = ("text",)
    ordering_fields = ("id", "kind", "text", "created_at")

    def create(self, request: Request) -> Response:
        given: Any = valid(AliasInputSerializer(data=request.data))
        alias = aliases.create_alias(organisation=organisation_of(request), given=given, actor=actor_of(request))
        headers = {"Location": self.reverse_action("detail", [alias.pk])}
        return Response(self.get_serializer(alias).data, status=201, headers=headers)

    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        given = valid(AliasesInputSerializer(data=request.data))["aliases"]
        outcomes = aliases.create_aliases(organisation=organisation_of(request), given=given, actor=actor_of(request))
        return Response({"results": [self._outcome(outcome) for outcome in outcomes]})

    def destroy(self, request: Request, pk: str) -> Response:
        aliases.delete_alias(alias=self.get_object())
        return Response(status=204)

    def _outcome(self, outcome: aliases.Outcome) -> dict[str, Any]:
        refused = outcome.refused
        attr = refused.attr if isinstance(refused, BadValue) else None
        return {
            "alias": outcome.alias and self.get_serializer(outcome.alias).data,
            "error": refused and {"code": refused.code, "detail": refused.text, "attr": attr},
        }


def valid(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
