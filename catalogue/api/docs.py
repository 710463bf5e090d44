"""OpenAPI descriptions of the routes for works and aliases."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from catalogue.api.serializers import (
    AliasesInputSerializer,
    AliasInputSerializer,
    AliasOutcomesSerializer,
    AliasSerializer,
    ArtistInputSerializer,
    ArtistSerializer,
    ReleaseInputSerializer,
    ReleaseSerializer,
    TrackInputSerializer,
    TrackSerializer,
)
from oas.api.openapi import ErrorEnvelope, error_example

TAGS = ["Catalogue"]
ID = OpenApiParameter("id", int, OpenApiParameter.PATH)
WHEN = "2025-02-01T09:30:00Z"
ARTIST = {"id": 3, "name": "Aurora Lane", "created_at": WHEN, "updated_at": WHEN}
RELEASE = {
    "id": 45,
    "reference": "R45",
    "upc": "036000291452",
    "title": "Lines",
    "version": "",
    "artist": "Aurora Lane",
    "artists": [{"id": 3, "name": "Aurora Lane"}],
    "catalogue_number": "AL-001",
    "label": "Label A",
    "date": "2025-01-31",
    "territories": [],
    "created_at": WHEN,
    "updated_at": WHEN,
}
TRACK = {
    "id": 123,
    "reference": "T123",
    "isrc": "QZAAA2500001",
    "title": "Night Bus",
    "version": "Radio Edit",
    "artist": "Aurora Lane",
    "artists": [{"id": 3, "name": "Aurora Lane", "role": "main"}, {"id": 4, "name": "Bo", "role": "featured"}],
    "duration": 225,
    "releases": [{"id": 45, "upc": "036000291452", "title": "Lines", "disc": 1, "position": 3}],
    "created_at": WHEN,
    "updated_at": WHEN,
}
ALIAS = {
    "id": 9,
    "kind": "artist_title",
    "text": "Aurora L. - Nite Bus",
    "key": "aurora l|nite bus",
    "track": 123,
    "release": None,
    "created_by": "alice",
    "created_at": WHEN,
}
ALIAS_GIVEN = {"kind": "artist_title", "artist": "Aurora L.", "title": "Nite Bus", "track": 123}
SEARCHED = (
    "Newest first; filtered, searched and ordered as you ask. Sales are matched against a published copy, which has "
    "every change a few seconds later."
)


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def conflict(description: str, code: str, detail: str, **fields: Any) -> OpenApiResponse:
    value = error_example("client_error", code, detail, **fields)
    return OpenApiResponse(
        ErrorEnvelope, description=description, examples=[OpenApiExample(code, value=value, response_only=True)]
    )


GONE = conflict(
    "`gone`: what the request refers to was deleted at the same moment.",
    "gone",
    "Something that this refers to was deleted meanwhile, or is still referred to: read it again.",
)
IN_USE = conflict(
    "`in_use`: it still has credits (with how many).",
    "in_use",
    "Aurora Lane is credited on 12 tracks and 2 releases: change those, or merge the artist.",
    tracks=12,
    releases=2,
)


def _work(name: str, plural: str, answer: Any, given: Any, found: Any, **texts: Any) -> Any:
    """Describe the five routes of one kind of work: artists, releases or tracks."""
    article, shown = texts["article"], example(name.capitalize(), found)
    return extend_schema_view(
        list=_route(f"list_{plural}", f"List {plural}", SEARCHED, examples=[shown]),
        create=_route(
            f"create_{name}", f"Create {article} {name}", texts["creating"],
            request=given, responses={201: answer, 409: GONE},
            examples=[sent("Create", texts["sent"]), example("Created", found, 201)],
        ),
        retrieve=_route(
            f"get_{name}", f"{article.capitalize()} {name}", texts["reading"], parameters=[ID], examples=[shown]
        ),
        partial_update=_route(
            f"change_{name}", f"Change {article} {name}", texts["changing"], parameters=[ID],
            request=given, responses={200: answer, 409: GONE}, examples=[sent("Change", texts["change"]), shown],
        ),
        destroy=_route(
            f"delete_{name}", f"Delete {article} {name}", texts["deleting"], parameters=[ID],
            responses={204: OpenApiResponse(description="Deleted."), 409: texts.get("refused", GONE)},
        ),
    )  # fmt: skip


def _route(operation: str, summary: str, description: str, **more: Any) -> Any:
    return extend_schema(operation_id=operation, summary=summary, description=description, tags=TAGS, **more)


artists = _work(
    "artist", "artists", ArtistSerializer, ArtistInputSerializer, ARTIST,
    article="an", sent={"name": "Aurora Lane"}, change={"name": "Aurora Lane Trio"}, refused=IN_USE,
    creating="Names that differ in case and spacing only are the same artist: 400 `unique`. Tracks and releases create "
    "the artists that they name, so this is seldom needed.",
    reading="Its tracks: `/api/catalogue/tracks/?artist=…`; its releases: `/api/catalogue/releases/?artist=…`.",
    changing="The name shows everywhere at once.",
    deleting="Only an artist without credits: 409 otherwise.",
)  # fmt: skip
releases = _work(
    "release", "releases", ReleaseSerializer, ReleaseInputSerializer, RELEASE,
    article="a", change={"catalogue_number": "AL-001LP", "territories": ["DE", "AT"]},
    sent={
        "upc": "0 36000 29145 2", "title": "Lines", "artists": [{"name": "Aurora Lane"}], "catalogue_number": "AL-001",
        "label": "Label A", "date": "2025-01-31",
    },
    creating="The UPC (EAN, GTIN) may be in any spelling: form and check digit are checked, and no two releases share "
    "one. An artist is named by `id`, or by `name`: it is created when no artist has that name.",
    reading="Its tracks: `/api/catalogue/tracks/?release=…`.",
    changing="Fields that are not sent stay. `artists` replace those of the release.",
    deleting="Its tracks stay; its aliases go with it.",
)  # fmt: skip
tracks = _work(
    "track", "tracks", TrackSerializer, TrackInputSerializer, TRACK,
    article="a", change={"version": "", "artists": [{"id": 3}]},
    sent={
        "isrc": "QZ-AAA-25-00001", "title": "Night Bus", "version": "Radio Edit", "duration": 225,
        "artists": [{"name": "Aurora Lane"}, {"name": "Bo", "role": "featured"}],
        "releases": [{"upc": "036000291452", "position": 3}],
    },
    creating="The ISRC may be in any spelling; no two tracks share one. An artist is named by `id` or by `name` "
    "(created when there is none), a release by `id`, by `upc`, or by `title` (created when no release has it).",
    reading="With its artists and the releases it is on.",
    changing="Fields that are not sent stay. `artists` and `releases` replace those of the track.",
    deleting="Its places on releases and its aliases go with it.",
)  # fmt: skip

aliases = extend_schema_view(
    list=extend_schema(
        operation_id="list_aliases",
        summary="List aliases",
        description="Identifiers, or artist and title, that sales files use for tracks and releases. " + SEARCHED,
        tags=TAGS,
        examples=[example("Alias", ALIAS)],
    ),
    create=extend_schema(
        operation_id="create_alias",
        summary="Create an alias",
        description="States that an ISRC, a UPC, or an artist and title, as a sales file writes them, are this track "
        "or release. Reports made from now on match it; nothing has to be imported again. Sending it again changes "
        "nothing; another target for the same text is 400 `unique`. A UPC may have the wrong check digit that the "
        "sales file has.",
        tags=TAGS,
        request=AliasInputSerializer,
        responses={201: AliasSerializer, 409: GONE},
        examples=[
            sent("Artist and title", ALIAS_GIVEN),
            sent("ISRC", {"kind": "isrc", "value": "QZAAA2500099", "track": 123}),
            example("Created", ALIAS, 201),
        ],
    ),
    retrieve=extend_schema(
        operation_id="get_alias",
        summary="An alias",
        description="What it stands for, and who made it.",
        tags=TAGS,
        parameters=[ID],
        examples=[example("Alias", ALIAS)],
    ),
    destroy=extend_schema(
        operation_id="delete_alias",
        summary="Delete an alias",
        description="Reports made from now on do not use it.",
        tags=TAGS,
        parameters=[ID],
        responses={204: OpenApiResponse(description="Deleted."), 409: GONE},
    ),
    bulk=extend_schema(
        operation_id="create_aliases",
        summary="Create several aliases",
        description="Up to 500 at once, as they come from the list of unmatched sales. Each has its own result, in the "
        "order sent: one that is refused does not stop the others.",
        tags=TAGS,
        request=AliasesInputSerializer,
        responses={200: AliasOutcomesSerializer, 409: GONE},
        filters=False,
        examples=[
            sent("Two", {"aliases": [ALIAS_GIVEN, {"kind": "isrc", "value": "QZAAA2500099", "track": 999}]}),
            example(
                "One of two",
                {
                    "results": [
                        {"alias": ALIAS, "error": None},
                        {
                            "alias": None,
                            "error": {
                                "code": "does_not_exist",
                                "detail": "There is no track 999.",
                                "attr": "track",
                            },
                        },
                    ]
                },
            ),
        ],
    ),
)
