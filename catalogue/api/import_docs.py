"""OpenAPI descriptions of the routes for imports."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from catalogue.api.docs import ID, TAGS, WHEN, conflict, example, sent
from catalogue.api.import_serializers import (
    ImportInputSerializer,
    ImportPreviewSerializer,
    ImportProblemSerializer,
    ImportSerializer,
    StartedImportSerializer,
)
from catalogue.services.imports.columns import COLUMNS

IMPORT = {
    "id": 5,
    "filename": "catalogue.csv",
    "status": "DONE",
    "cause": "",
    "message": "",
    "preview": False,
    "progress": {"percent": 100, "rows": 12000},
    "total_rows": 12000,
    "valid_rows": 11998,
    "error_rows": 2,
    "counts": {"tracks_new": 11000, "tracks_known": 998, "tracks_created": 11000, "tracks_updated": 17},
    "columns": {"isrc": "ISRC", "title": "Track title", "upc": "EAN"},
    "ignored": ["Genre"],
    "created_by": "alice",
    "created_at": WHEN,
    "updated_at": WHEN,
    "finished_at": WHEN,
}
BEGUN = {
    **IMPORT,
    "status": "CHECKING",
    "progress": {"percent": 0, "rows": 0},
    **dict.fromkeys(("total_rows", "valid_rows", "error_rows", "finished_at")),
    "counts": {},
    "columns": {},
    "ignored": [],
    "presigned_url": None,
}
LINK = "https://s3.example/oas/organisation%3D1/imports/0b7d4a64/catalogue.csv?X-Amz-Signature=…"
PROBLEM = {
    "row": 17,
    "column": "upc",
    "code": "bad_check_digit",
    "reason": "The check digit of this UPC or EAN is wrong.",
    "value": "036000291453",
}
ROW = {
    "row": 2,
    "isrc": "QZAAA2500001",
    "title": "Night Bus",
    "version": None,
    "duration": 225,
    "upc": "036000291452",
    "release_title": "Lines",
    "release_version": None,
    "catalogue_number": "AL-001",
    "label": None,
    "release_date": "2025-01-31",
    "territories": None,
    "disc": 1,
    "position": 3,
}
TABLE = "\n".join(f"| `{name}` | {column.text.replace('|', chr(92) + '|')} |" for name, column in COLUMNS.items())
BUSY = conflict("`invalid_state` (with its status).", "invalid_state", "The import is APPLYING.", status="APPLYING")

imports = extend_schema_view(
    list=extend_schema(
        operation_id="list_imports",
        summary="List imports",
        description="Newest first.",
        tags=TAGS,
        examples=[example("Import", IMPORT)],
    ),
    create=extend_schema(
        operation_id="create_import",
        summary="Import a CSV",
        description="Send the `file` (up to 32 MB), or its `filename` and `filesize`: then PUT it to `presigned_url` "
        "and `apply`. Delimiter, encoding, order of columns and other columns do not matter; gzip is taken. A cell "
        "with a delimiter or a line break in it stands in double quotes.\n\n"
        "A row is about a track (ISRC), a release (UPC), or both: then the track is on the release. Known ones are "
        "changed, others are created; an empty cell leaves the value that is there. A row that is wrong is left out "
        "and listed in `errors`; the others go in. With `preview` everything is checked and counted, and nothing is "
        "changed before `apply`. Importing the same file again changes nothing.\n\n"
        f"| column | holds |\n|---|---|\n{TABLE}",
        tags=TAGS,
        request={"multipart/form-data": ImportInputSerializer, "application/json": ImportInputSerializer},
        parameters=[OpenApiParameter("preview", bool, description="As the field of that name.")],
        responses={202: StartedImportSerializer},
        filters=False,
        examples=[
            sent("A large file", {"filename": "catalogue.csv", "filesize": 135553982, "preview": True}),
            example("Begun", BEGUN, 202),
            example("Waits for the content", {**BEGUN, "status": "WAITING", "presigned_url": LINK}, 202),
        ],
    ),
    retrieve=extend_schema(
        operation_id="get_import",
        summary="An import",
        description="WAITING for its content, CHECKING, PREVIEWED, APPLYING, DONE or FAILED (`cause`, `message`).",
        tags=TAGS,
        parameters=[ID],
        examples=[example("Done", IMPORT)],
    ),
    destroy=extend_schema(
        operation_id="delete_import",
        summary="Delete an import",
        description="Not while it runs. Its changes of the catalogue stay.",
        tags=TAGS,
        parameters=[ID],
        responses={204: OpenApiResponse(description="Deleted."), 409: BUSY},
    ),
    apply=extend_schema(
        operation_id="apply_import",
        summary="Continue an import",
        description="After a preview: change the catalogue. After an upload with a link: check the content first.",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses={202: ImportSerializer, 409: BUSY},
        examples=[example("Goes on", {**IMPORT, "status": "APPLYING", "finished_at": None}, 202)],
    ),
    preview=extend_schema(
        operation_id="preview_import",
        summary="What an import will do",
        description="Which columns were found, what is new and known, and the first 20 rows as they will be applied.",
        tags=TAGS,
        parameters=[ID],
        responses=ImportPreviewSerializer,
        filters=False,
        examples=[
            example(
                "Preview",
                {
                    "columns": IMPORT["columns"],
                    "ignored": ["Genre"],
                    "counts": {"tracks_new": 11000, "tracks_known": 998, "releases_new": 1200, "releases_known": 80},
                    "rows": [ROW],
                },
            )
        ],
    ),
    errors=extend_schema(
        operation_id="list_import_errors",
        summary="Rows left out",
        description="Row (the header is row 1), column, code, reason and value; the first 100,000 are kept. As CSV all "
        "of them come at once; a value that a spreadsheet would take for a formula starts with an apostrophe there.",
        tags=TAGS,
        parameters=[ID, OpenApiParameter("format", str, enum=["json", "csv"], description="json by default.")],
        responses={
            (200, "application/json"): ImportProblemSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
        filters=False,
        examples=[example("Wrong check digit", PROBLEM)],
    ),
)
