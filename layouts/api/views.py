"""Read-only views of the layouts that OAS knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from accounts.access import organisation_of
from layouts.api.serializers import LayoutDetailSerializer, LayoutSerializer
from layouts.models import Layout
from layouts.services.layout_list import known_layouts

if TYPE_CHECKING:
    Base = viewsets.GenericViewSet[Layout]
else:
    Base = viewsets.GenericViewSet

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
