"""OpenAPI descriptions of the routes for links."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from fetcher.api.serializers import (
    BatchAcceptedSerializer,
    BatchDetailSerializer,
    BatchSerializer,
    LinkInSerializer,
    WatchedSerializer,
)
from fetcher.discard_reasons import ZIP_RULE
from oas.api.openapi import ErrorEnvelope, error_example

TAGS = ["Links"]
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Of the batch.")
FOLDER_ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Of the watched folder.")
FOLDER = "https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz012345"
SHOWN = "https://drive.google.com/open?id=1AbCdEfGhIjKlMnOpQrStUvWxYz012345"
PRESIGNED = "https://bucket.s3.eu-central-1.amazonaws.com/2025/july.csv?X-Amz-Expires=900&X-Amz-Signature=…"
BATCH = {
    "id": 3,
    "url": SHOWN,
    "kind": "DRIVE",
    "status": "PROCESSING",
    "cause": "",
    "message": "",
    "files": 3,
    "progress": {
        "percent": 83, "done": 2, "waiting": 0, "fetching": 0, "processing": 1, "finalized": 1, "failed": 0,
        "discarded": 1,
    },
    "requested_by": "alice",
    "created_at": "2025-08-01T09:30:00Z",
    "finished_at": "2025-08-01T09:30:04Z",
}  # fmt: skip


def _item(id: int, name: str, path: str, size: int, status: str, file: int | None, **more: Any) -> dict[str, Any]:
    progress = {"percent": 100 if file else 0, "bytes": size if file else 0}
    base = {"id": id, "name": name, "path": path, "size": size, "status": status, "sales_file": file}
    return {**base, "reason": "", "detail": "", "progress": progress, **more}


ITEMS = [
    _item(11, "july.csv", "spotify/july.csv", 48213, "FINALIZED", 7),
    _item(12, "june.csv", "spotify/june.csv", 51220, "PROCESSING", 8),
    _item(
        13, "cover.png", "cover.png", 900123, "DISCARDED", None, reason="unsupported_type",
        detail="Only CSV, TXT, TSV, XLS, XLSX, GZ, and ZIP in a folder, are taken.",
    ),
]  # fmt: skip
WATCHED = {
    "id": 1,
    "url": SHOWN,
    "active": True,
    "last_seen_at": "2025-08-01T09:00:02Z",
    "last_result": "2 new files, 38 known ones.",
    "next_look_at": "2025-08-01T10:00:00Z",
    "created_at": "2025-07-01T09:00:00Z",
}


def _example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _error(description: str, code: str, detail: str, *, attr: str | None = None, **fields: Any) -> OpenApiResponse:
    kind = "validation_error" if attr else "client_error"
    example = OpenApiExample(code, value=error_example(kind, code, detail, attr, **fields), response_only=True)
    return OpenApiResponse(ErrorEnvelope, description=description, examples=[example])


BAD_LINK = _error(
    "`not_a_link`, `unsupported_link` (neither of Google Drive nor presigned, or only looking like it), "
    "`address_not_allowed` (http, another port, an inside address) or `zip_link`.",
    "zip_link",
    ZIP_RULE,
    attr="url",
)
NOT_SET_UP = _error(
    "`google_not_set_up`: this OAS has no access to Google Drive.",
    "google_not_set_up",
    "OAS has no access to Google Drive: it wants OAS_GOOGLE_API_KEY or a service account.",
)
OVER = _error(
    "`invalid_state`: it has ended, with its status.",
    "invalid_state",
    "A batch that is DONE does not take cancel.",
    status="DONE",
)
NOTHING = _error(
    "`nothing_to_retry`, or `invalid_state` while it is being listed.",
    "nothing_to_retry",
    "Nothing of this batch failed in a way that another attempt could mend.",
)
WHOLE = OpenApiResponse(BatchDetailSerializer, examples=[_example("Batch", {**BATCH, "items": ITEMS})])
LINKS = [
    OpenApiExample("Google Drive", value={"url": FOLDER}, request_only=True),
    OpenApiExample("Presigned", value={"url": PRESIGNED}, request_only=True),
]

batches = extend_schema_view(
    list=extend_schema(
        operation_id="list_batches",
        summary="List what was fetched from links",
        description="Newest first, each with its progress.",
        tags=TAGS,
        responses=BatchSerializer(many=True),
        examples=[OpenApiExample("One", value=BATCH, response_only=True)],
    ),
    create=extend_schema(
        operation_id="upload_automatically",
        summary="Fetch files from a link",
        description=(
            "The link is of a file or a folder in Google Drive that is shared with “Anyone with the link”, or "
            "presigned by a storage system. It is answered at once; everything else happens in the background: "
            "folders are walked, zip files in them unpacked, and every file becomes a sales file of its own, which "
            "is uploaded, cleaned and imported. Only CSV, TXT, TSV, XLS, XLSX, GZ, native Sheets (as XLSX) and, in "
            "folders, ZIP are taken; anything else is discarded with a reason. The link itself must not lead to a "
            "zip file. The same folder again takes only what is new or has changed."
        ),
        tags=TAGS,
        request=LinkInSerializer,
        responses={
            202: OpenApiResponse(
                BatchAcceptedSerializer,
                description="Ask for the batch to see how far it is.",
                examples=[_example("Batch", {"id": 3, "status": "LISTING", "files": 0}, 202)],
            ),
            400: BAD_LINK,
            409: NOT_SET_UP,
        },
        examples=LINKS,
    ),
    retrieve=extend_schema(
        operation_id="get_batch",
        summary="See what became of each file of a link",
        description="Every file with its sales file and the status of that, or the reason why it became none.",
        tags=TAGS,
        parameters=[ID],
        responses={200: WHOLE},
    ),
    cancel=extend_schema(
        operation_id="cancel_batch",
        summary="Fetch no more of a link",
        description="Files that have been fetched already stay and are processed.",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses={200: WHOLE, 409: OVER},
    ),
    retry=extend_schema(
        operation_id="retry_batch",
        summary="Fetch again what failed",
        description=(
            "Files that could not be fetched, were cancelled or not shared are tried again; a batch whose link could "
            "not be listed is listed again. Sales files that failed later are processed again by their own `reimport`."
        ),
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses={
            202: OpenApiResponse(
                BatchDetailSerializer, examples=[_example("Batch", {**BATCH, "items": ITEMS}, 202)]
            ),
            409: NOTHING,
        },
    ),
)  # fmt: skip

watched_folders = extend_schema_view(
    list=extend_schema(
        operation_id="list_watched_folders",
        summary="List watched folders",
        description="Newest first, each with the time and result of its last listing.",
        tags=TAGS,
        examples=[OpenApiExample("One", value=WATCHED, response_only=True)],
    ),
    create=extend_schema(
        operation_id="watch_folder",
        summary="Watch a folder",
        description="New and changed files of this folder of Google Drive are taken in every hour from now on.",
        tags=TAGS,
        request=LinkInSerializer,
        responses={
            201: OpenApiResponse(WatchedSerializer, examples=[_example("Folder", WATCHED, 201)]),
            400: BAD_LINK,
            409: NOT_SET_UP,
        },
        examples=LINKS[:1],
    ),
    retrieve=extend_schema(
        operation_id="get_watched_folder",
        summary="See a watched folder",
        description="With the time and result of its last listing.",
        tags=TAGS,
        parameters=[FOLDER_ID],
        responses={200: OpenApiResponse(WatchedSerializer, examples=[_example("Folder", WATCHED)])},
    ),
    destroy=extend_schema(
        operation_id="unwatch_folder",
        summary="Stop watching a folder",
        description="Files that were fetched stay.",
        tags=TAGS,
        parameters=[FOLDER_ID],
    ),
)
