"""OpenAPI descriptions of the routes for explained names."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from layouts.api.serializers import KnownNameInputSerializer, KnownNameSerializer, MeaningSerializer

TAGS: Final = ["Formats"]
ID: Final = OpenApiParameter("id", int, OpenApiParameter.PATH)
GIVEN: Final = {"kind": "territory", "written": "Rep. of Foo", "meaning": "DE"}
NAME: Final = {"id": 4, **GIVEN, "created_by": "alice", "created_at": "2025-02-01T09:30:00Z"}
SHOWN: Final = OpenApiExample("Name", value=NAME, response_only=True)

names = extend_schema_view(
    list=extend_schema(
        operation_id="list_names",
        summary="List explained names",
        description="What stores and territories mean that OAS does not know, as this organisation has explained them.",
        tags=TAGS,
        examples=[SHOWN],
    ),
    create=extend_schema(
        operation_id="create_name",
        summary="Explain a name",
        description="States which DSP a store belongs to, or which country a territory is, as a sales file writes it. "
        "It counts before what OAS knows, for files that are imported, or imported again, from then on. Sending it "
        "again changes nothing; another meaning for the same name is 400 `unique`.",
        tags=TAGS,
        request=KnownNameInputSerializer,
        responses={201: KnownNameSerializer},
        examples=[
            OpenApiExample("A territory", value=GIVEN, request_only=True),
            OpenApiExample("Created", value=NAME, response_only=True, status_codes=["201"]),
        ],
    ),
    retrieve=extend_schema(
        operation_id="get_name",
        summary="An explained name",
        description="What it means, and who said so.",
        tags=TAGS,
        parameters=[ID],
        examples=[SHOWN],
    ),
    partial_update=extend_schema(
        operation_id="change_name",
        summary="Change what a name means",
        description="It counts for files that are imported, or imported again, from then on.",
        tags=TAGS,
        parameters=[ID],
        request=MeaningSerializer,
        responses={200: KnownNameSerializer},
        examples=[OpenApiExample("Another country", value={"meaning": "AT"}, request_only=True), SHOWN],
    ),
    destroy=extend_schema(
        operation_id="delete_name",
        summary="Forget a name",
        description="Files that are imported, or imported again, from then on are read without it.",
        tags=TAGS,
        parameters=[ID],
        responses={204: OpenApiResponse(description="Deleted.")},
    ),
)
