"""OpenAPI descriptions of the routes of reports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from oas.api.openapi import ErrorEnvelope, error_example
from reports.api.serializers import (
    AcceptedSerializer,
    AcceptSerializer,
    GroupSerializer,
    ReportCreateSerializer,
    ReportSerializer,
    ScheduleSerializer,
)

TAGS = ["Reports"]
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Id of the report.")
LINK = "https://s3.example/oas/organisation%3D1/reports/3f1c.csv.gz?X-Amz-Signature=…"
SUMS = {"rows": 9800, "quantity": 120345, "gross": {}, "net": {"USD": "1201.5"}, "revenue": "1105.38"}
REST = {"rows": 200, "quantity": 2100, "gross": {}, "net": {"USD": "13.25"}, "revenue": "12.19"}
WHOLE = {"rows": 10000, "quantity": 122445, "gross": {}, "net": {"USD": "1214.75"}, "revenue": "1117.57"}
CHECK = {"name": "matched + unmatched lines = lines sold", "expected": "10000", "found": "10000", "tied": True}
QUEUED: dict[str, Any] = {
    "id": 12,
    "uuid": "3f1c9a52-6f0e-4a3b-9d6b-0c9f2b7a1e55",
    "type": "MONTHLY",
    "from": "2025-01",
    "to": "2025-03",
    "format": "csv",
    "status": "QUEUED",
    "cause": "",
    "error_message": "",
    "progress": None,
    "rows": None,
    "total": None,
    "currency": "EUR",
    "totals": None,
    "checks": [],
    "files": None,
    "groups": None,
    "suggested": None,
    "size": None,
    "catalogue_version": "",
    "url": None,
    "expires_at": None,
    "requested_by": ["alice"],
    "created_at": "2025-04-05T06:00:00Z",
    "started_at": None,
    "finished_at": None,
}
READY: dict[str, Any] = {
    **QUEUED,
    "status": "READY",
    "rows": 4210,
    "total": "1105.38",
    "totals": {"matched": SUMS, "unmatched": REST, "everything": WHOLE},
    "checks": [CHECK],
    "files": 9,
    "groups": 0,
    "suggested": 0,
    "size": 90112,
    "catalogue_version": "00000042-8f2a11c0",
    "url": LINK,
    "expires_at": "2025-04-06T06:00:07Z",
    "started_at": "2025-04-05T06:00:01Z",
    "finished_at": "2025-04-05T06:00:07Z",
}
GROUP = {
    "n": 0,
    "kind": "isrc",
    "key": "DEA123456789",
    "reason": "isrc_not_in_catalogue",
    "level": "track",
    "artist": "Aurora Lane",
    "title": "Night Bus",
    "release": "Lines",
    "isrc": "DEA123456789",
    "upc": "0123456789012",
    "catalogue_number": None,
    "rows": 41,
    "quantity": 2041,
    "revenue": "8.112",
    "suggestion": {
        "reference": "T31", "track": 31, "release": None, "artist": "Aurora Lane", "title": "Nightbus", "score": 97,
    },
    "alias": None,
}  # fmt: skip
SCHEDULE = {"day": 5, "format": "csv", "active": True, "last_period": "2025-03"}


def _example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


NOT_READY = OpenApiResponse(
    ErrorEnvelope,
    description="`report_not_ready`, with its status.",
    examples=[
        OpenApiExample(
            "report_not_ready",
            value=error_example(
                "client_error",
                "report_not_ready",
                "There is nothing to download: the report is RUNNING.",
                status="RUNNING",
            ),
            response_only=True,
        )
    ],
)

reports = extend_schema_view(
    list=extend_schema(
        operation_id="list_reports",
        summary="List reports",
        description="Newest first.",
        tags=TAGS,
        examples=[_example("One", READY)],
    ),
    retrieve=extend_schema(
        operation_id="get_report",
        summary="A report",
        description="Its status; once READY, its lines and revenue, what was sold in all, and the link.",
        tags=TAGS,
        parameters=[ID],
        examples=[_example("Ready", READY)],
    ),
    create=extend_schema(
        operation_id="create_report",
        summary="Ask for a report",
        description="MONTHLY has the sales that are in the catalogue, UNMATCHED those that are not; both together are "
        "everything sold in the months asked for. One line per period, DSP, territory, usage and track. Matching uses "
        "the catalogue of this moment. A request for a report that is under way already returns the same report. A "
        "person who asks gets the link by mail.\n\n"
        "Errors: `period` (malformed), `future_period`, `from_after_to`.",
        tags=TAGS,
        request=ReportCreateSerializer,
        responses={202: ReportSerializer, 400: ErrorEnvelope},
        examples=[
            _sent("One month", {"type": "MONTHLY", "period": "2025-01"}),
            _sent(
                "Three months, a workbook", {"type": "UNMATCHED", "from": "2025-01", "to": "2025-03", "format": "xlsx"}
            ),
            _example("Queued", QUEUED, 202),
        ],
    ),
    link=extend_schema(
        operation_id="create_report_link",
        summary="A new link",
        description="Good for 24 hours. Earlier links work until their own 24 hours are over.",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses={200: ReportSerializer, 409: NOT_READY},
        examples=[_example("Link", READY)],
    ),
    unmatched=extend_schema(
        operation_id="list_unmatched",
        summary="What is not in the catalogue",
        description="Sale lines in groups that one alias each would match, largest revenue first (the first 10,000), "
        "with the best suggestion. Accept suggestions with `accept/`, or make aliases of your own.",
        tags=TAGS,
        parameters=[ID],
        responses={200: GroupSerializer(many=True), 409: NOT_READY},
        filters=False,
        examples=[_example("One", GROUP)],
    ),
    accept=extend_schema(
        operation_id="accept_suggestions",
        summary="Accept suggestions",
        description="Makes an alias of the suggestion of each group named; the next report matches their lines. Each "
        "has its own result: a refusal does not stop the others.",
        tags=TAGS,
        parameters=[ID],
        request=AcceptSerializer,
        responses={200: AcceptedSerializer, 409: NOT_READY},
        examples=[
            _sent("Two", {"groups": [0, 3]}),
            _example(
                "One of two",
                {
                    "results": [
                        {"n": 0, "alias": {"id": 5, "track": 31, "release": None}, "error": None},
                        {
                            "n": 3,
                            "alias": None,
                            "error": {"code": "no_suggestion", "detail": "There is no suggestion for this group."},
                        },
                    ]
                },
            ),
        ],
    ),
)

get_schedule = extend_schema(
    operation_id="get_report_schedule",
    summary="When last month's reports are made",
    description="On this day of every month both reports of the month before are made, and mailed to the owners.",
    tags=TAGS,
    responses=ScheduleSerializer,
    examples=[_example("On the fifth", SCHEDULE)],
)
put_schedule = extend_schema(
    operation_id="set_report_schedule",
    summary="Set the day",
    description="For owners. A day that is missed is made up for.",
    tags=TAGS,
    request=ScheduleSerializer,
    responses=ScheduleSerializer,
    examples=[_sent("On the fifth", {"day": 5}), _example("Set", SCHEDULE)],
)
