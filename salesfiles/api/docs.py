"""OpenAPI descriptions of the routes of sales files."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from oas.api.openapi import ErrorEnvelope, error_example
from salesfiles.api.examples import DETAIL, FILE, LINK, MONGO_ID, PROCESSED, SNAPSHOT
from salesfiles.api.serializers import (
    BulkResultSerializer,
    BulkSerializer,
    ChangeSerializer,
    CreateSerializer,
    LinkSerializer,
    ProcessedSerializer,
    ProcessSerializer,
    SalesFileDetailSerializer,
    SnapshotSerializer,
    UpdateSerializer,
)
from salesfiles.services.snapshots import LISTS

TAGS = ["Sales files"]
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Id of the sales file.")
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=True, description="For If-Match.")
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag it was read with.")


def _example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _error(description: str, code: str, detail: str, **fields: Any) -> OpenApiResponse:
    example = OpenApiExample(code, value=error_example("client_error", code, detail, **fields), response_only=True)
    return OpenApiResponse(ErrorEnvelope, description=description, examples=[example])


BUSY = _error(
    "`invalid_transition`: it is being processed.",
    "invalid_transition",
    "A sales file that is CLEANING does not take a change.",
    status="CLEANING",
    actions=[],
)
REFUSED = _error(
    "`invalid_transition` (with the status now and the actions it allows), `upload_missing`, `upload_incomplete` "
    "(declared and found size) or `duplicate_file` (with the first file of that content).",
    "invalid_transition",
    "A sales file that is CLEANING does not take clean.",
    status="CLEANING",
    actions=[],
)
NOT_YOURS = _error("`organisation` is not the active one.", "organisation_not_found", "There is no such organisation.")
STALE = _error(
    "`precondition_failed`: If-Match names another version.",
    "precondition_failed",
    "It has been changed since you read it: read it again.",
)
NOT_READY = _error(
    "There is no such sales file, or `snapshot_not_ready`: no totals yet (with the status).",
    "snapshot_not_ready",
    "There are no totals yet: the sales file is CLEANING.",
    status="CLEANING",
)
NO_REJECTS = _error(
    "There is no such sales file, or `no_rejects`.", "no_rejects", "No line of this sales file was rejected."
)

sales_files = extend_schema_view(
    list=extend_schema(
        operation_id="list_sales_files",
        summary="List sales files",
        description="Newest first; filtered, searched (file name, `mongo_db_id`, uuid) and ordered as you ask.",
        tags=TAGS,
        examples=[_example("One", FILE)],
    ),
    create=extend_schema(
        operation_id="create_sales_file",
        summary="Create a sales file",
        description="Declares what will be uploaded: the file is INITIALIZED. Ask `process` for an upload link next. "
        "Fields that processing fills in (status, totals …) are ignored when sent.",
        tags=TAGS,
        request=CreateSerializer,
        responses={
            201: SalesFileDetailSerializer,
            404: NOT_YOURS,
        },
        parameters=[ETAG],
        examples=[
            _sent(
                "Create",
                {
                    "filename": "sales.csv",
                    "filetype": "CSV",
                    "filesize": 48213,
                    "mongo_db_id": MONGO_ID,
                    "reporting_period": "2025-01",
                },
            ),
            _example(
                "Created",
                {
                    **DETAIL,
                    "status": "INITIALIZED",
                    "module_response": "",
                    "source_format": "",
                    "currency": "",
                    "sha256": "",
                    **dict.fromkeys(("total_rows", "total_artists", "total_local")),
                    **dict.fromkeys(("exchange_rate", "exchange_rates", "live_revision", "live_exchange_rates")),
                    **dict.fromkeys(("accepted_rows", "rejected_rows", "skipped_rows")),
                    "actions": ["upload"],
                    "warnings": [],
                },
                201,
            ),
        ],
    ),
    retrieve=extend_schema(
        operation_id="get_sales_file",
        summary="A sales file",
        description="All its fields, with the progress of the module at work.",
        tags=TAGS,
        parameters=[ID, ETAG],
        examples=[_example("Finalized", DETAIL)],
    ),
    partial_update=extend_schema(
        operation_id="change_sales_file",
        summary="Change a sales file",
        description="Reporting period and exchange rate, and answers where the file does not decide: the `layout` that "
        "it is read by (`ambiguous_layout`), the `decimal_mark` of its amounts (`ambiguous_decimals`), whether the day "
        "comes first in its dates (`day_first`; `ambiguous_dates`), its `encoding` (`ambiguous_encoding`). While it is "
        "not being processed; on a file that has been processed the change is used by the next `reimport`. With "
        "another rate, what counts is `stale` until then, and still counts. With If-Match the change is made only to "
        "the version you read.",
        tags=TAGS,
        parameters=[ID, IF_MATCH, ETAG],
        request=UpdateSerializer,
        responses={200: SalesFileDetailSerializer, 409: BUSY, 412: STALE},
        examples=[
            _sent("Rate", {"exchange_rate": "0.92"}),
            _sent("Answer", {"encoding": "cp1251"}),
            _example("Changed", {**DETAIL, "exchange_rate": "0.92", "stale": True}),
        ],
    ),
    destroy=extend_schema(
        operation_id="delete_sales_file",
        summary="Delete a sales file",
        description="While it is not being processed. Its objects, documents and share of every total go with it; "
        "its content and `mongo_db_id` can be sent again. With If-Match only the version you read is deleted.",
        tags=TAGS,
        parameters=[ID, IF_MATCH],
        responses={204: OpenApiResponse(description="Deleted."), 409: BUSY, 412: STALE},
    ),
    history=extend_schema(
        operation_id="list_status_changes",
        summary="History of a sales file",
        description="Its changes of status, oldest first: when, by whom, why.",
        tags=TAGS,
        parameters=[ID],
        responses=ChangeSerializer(many=True),
        filters=False,
        examples=[
            _example(
                "Uploading",
                {
                    "id": 31,
                    "from_status": "INITIALIZED",
                    "to_status": "UPLOADING",
                    "cause": "",
                    "message": "",
                    "actor": "alice",
                    "job": None,
                    "at": "2025-02-01T09:30:00Z",
                },
            )
        ],
    ),
    rejects=extend_schema(
        operation_id="get_rejects",
        summary="Rejected lines",
        description="A link, good for 15 minutes, to a CSV (gzip): number, reason, what was expected, and the line. "
        "A file that is FAILED because every line was rejected has one as well.",
        tags=TAGS,
        parameters=[ID],
        responses={200: LinkSerializer, 404: NO_REJECTS},
        filters=False,
        examples=[_example("Link", {"url": LINK})],
    ),
    snapshot=extend_schema(
        operation_id="get_snapshot",
        summary="Totals of a sales file",
        description="By artist, DSP, territory, track and release, largest revenue first: of the live revision, "
        "or of the processed one that waits for review. As CSV all lists come in one table; text that a spreadsheet "
        "would take for a formula starts with an apostrophe there. Send the ETag of an earlier answer in "
        "If-None-Match: the answer is 304 while nothing has changed.",
        tags=TAGS,
        parameters=[
            ID,
            OpenApiParameter("only", str, enum=list(LISTS), many=True, explode=False, description="Only these lists."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1}, description="Rows of each list."),
            OpenApiParameter("format", str, enum=["json", "csv"], description="json by default."),
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of an earlier answer."
            ),
            OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304]),
        ],
        responses={
            304: OpenApiResponse(description="Nothing has changed since."),
            (200, "application/json"): SnapshotSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            400: ErrorEnvelope,
            404: NOT_READY,
        },
        filters=False,
        examples=[_example("Totals", SNAPSHOT)],
    ),
    process=extend_schema(
        operation_id="process_sales_file",
        summary="Move a sales file on",
        description=(
            "| action | when | does |\n|---|---|---|\n"
            "| `upload` | INITIALIZED, UPLOADING, FAILED | a link for one PUT, good for 15 minutes; with `parts` the "
            "links of a multipart upload |\n"
            "| `complete`, `abort` | UPLOADING in parts | joins the parts, or removes them |\n"
            "| `clean`, `import` | UPLOADING with the content there, UPLOADED | through cleaning and importer to "
            "FINALIZED; more than 64 MiB stay UPLOADED until they are copied where no link reaches |\n"
            "| `import` | CLEANED, FAILED after cleaning | whatever is left; a failed file as its next revision |\n"
            "| `reimport` | FAILED, PROCESSED, FINALIZED | everything again, as the next revision; the old one counts "
            "until the new one is FINALIZED |\n"
            "| `accept` | PROCESSED with `control_totals`, `many_rejects`, `overlaps` | it counts as it is |\n"
            "| `replace` | PROCESSED with `overlaps` | it counts, and the files it overlaps with are deleted |\n\n"
            "A link takes exactly the declared size where `filesize` can only be bytes, or where `content_length` "
            "is given; otherwise the size is checked with `clean`, and what is larger than either reading is removed "
            "within minutes (`too_large`). A file with a live revision takes only the same "
            "content again."
        ),
        tags=TAGS,
        parameters=[ID],
        request=ProcessSerializer,
        responses={202: ProcessedSerializer, 409: REFUSED},
        examples=[
            _sent("Upload", {"action": "upload"}),
            _sent("Upload in parts", {"action": "upload", "parts": 3}),
            _sent("Clean", {"action": "clean"}),
            _example("Link", PROCESSED, 202),
        ],
    ),
    process_several=extend_schema(
        operation_id="process_sales_files",
        summary="Move several sales files on",
        description="The same action for up to 100 files. Each has its own result: a refusal does not stop the others.",
        tags=TAGS,
        request=BulkSerializer,
        responses={202: BulkResultSerializer},
        filters=False,
        examples=[
            _sent("Clean two", {"ids": [7, 8], "action": "clean"}),
            _example(
                "One of two",
                {
                    "results": [
                        {"id": 7, "status": "CLEANING", "presigned_url": None, "error": None},
                        {
                            "id": 8,
                            "status": None,
                            "presigned_url": None,
                            "error": {"code": "not_found", "detail": "Not found."},
                        },
                    ]
                },
                202,
            ),
        ],
    ),
)
