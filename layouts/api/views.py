"""Views of the layouts that OAS knows, and of the names that an organisation has explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.access import actor_of, organisation_of
from idempotency.views import IdempotentPosts
from layouts.api.filters import KnownNameFilter
from layouts.api.name_docs import names as name_docs
from layouts.api.serializers import (
    KnownNameInputSerializer,
    KnownNameSerializer,
    LayoutDetailSerializer,
    LayoutSerializer,
    MeaningSerializer,
)
from layouts.models import KnownName, Layout
from layouts.services.known_names import change_meaning, create_name
from layouts.services.layout_list import known_layouts
from oas.api.refusals import Refused, answer_to

if TYPE_CHECKING:
    Base = viewsets.GenericViewSet[Layout]
    NameBase = viewsets.GenericViewSet[KnownName]
else:
    Base = NameBase = viewsets.GenericViewSet

TAGS = ["Formats"]
EXAMPLE = {
    "name": "distrokid_2025",
    "title": "DistroKid (CSV, since 2025)",
    "source": "Files of DistroKid since 2025",
    "evidence": "V",
    "origin": "SHIPPED",
    "version": "8d5f8d81c239cc29",
    "enabled": True,
    "updated_at": "2025-03-01T09:00:00Z",
}
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="Of the layout.")


@extend_schema_view(
    list=extend_schema(
        tags=TAGS,
        summary="List layouts",
        description="Every layout OAS recognises. A file of any other layout fails with `unknown_layout`.",
        examples=[OpenApiExample("A layout", value=EXAMPLE, response_only=True)],
    ),
    retrieve=extend_schema(
        tags=TAGS,
        summary="A layout",
        description="With its text (TOML): which columns it has and how they are read.",
        parameters=[NAME],
        examples=[
            OpenApiExample("A layout", value={**EXAMPLE, "text": 'name = "distrokid_2025"\n…'}, response_only=True)
        ],
    ),
)
class LayoutViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Base):
    serializer_class = LayoutSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9_]+"
    search_fields = ("name", "title")
    ordering_fields = ("name", "title", "updated_at")
    ordering = ("name",)
    queryset = Layout.objects.none()

    def get_queryset(self) -> QuerySet[Layout]:
        # The schema is made without a request, and so without an organisation.
        if getattr(self, "swagger_fake_view", False):
            return Layout.objects.none()
        return known_layouts(organisation_of(self.request).pk)

    def get_serializer_class(self) -> type[BaseSerializer[Layout]]:
        return LayoutDetailSerializer if self.action == "retrieve" else LayoutSerializer


@name_docs
class KnownNameViewSet(IdempotentPosts, mixins.ListModelMixin, mixins.RetrieveModelMixin, NameBase):
    serializer_class = KnownNameSerializer
    lookup_value_regex = "[0-9]+"
    filterset_class = KnownNameFilter
    search_fields = ("written", "meaning")
    ordering_fields = ("id", "kind", "written", "meaning")
    ordering = ("-id",)
    queryset = KnownName.everything.none()

    def get_queryset(self) -> QuerySet[KnownName]:
        if getattr(self, "swagger_fake_view", False):
            return KnownName.everything.none()
        return KnownName.objects.of(organisation_of(self.request))

    def create(self, request: Request) -> Response:
        given = _valid(KnownNameInputSerializer(data=request.data))
        name = create_name(organisation=organisation_of(request), actor=actor_of(request), **given)
        headers = {"Location": self.reverse_action("detail", [name.pk])}
        return Response(self.get_serializer(name).data, status=201, headers=headers)

    def partial_update(self, request: Request, pk: str) -> Response:
        name = self.get_object()
        given = _valid(MeaningSerializer(data=request.data))
        return Response(self.get_serializer(change_meaning(name=name, **given)).data)

    def destroy(self, request: Request, pk: str) -> Response:
        self.get_object().delete()
        return Response(status=204)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(answer_to(exc) if isinstance(exc, Refused) else exc)


def _valid(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
