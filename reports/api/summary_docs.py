"""The OpenAPI description of the summary."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from oas.api.openapi import ErrorEnvelope, error_example
from oas.kernel.periods import PERIOD
from reports.api.summary_serializers import LINES, MOST_RESULTS, RESULTS, SummarySerializer
from totals.services.queries import BY

MONTH = {"type": "string", "pattern": PERIOD.pattern, "examples": ["2025-01"]}
HEAD: dict[str, Any] = {"organisation": 1, "currency": "EUR", "path": None, "from": None, "to": None}
FIGURES: dict[str, Any] = {
    "files": 42,
    "artists": 118,
    "releases": 240,
    "tracks": 1904,
    "dsps": 23,
    "territories": 141,
    "rows": 3120445,
    "quantity": 90214003,
    "total_gross": 184203,
    "total_gross_exact": "184202.671120934551",
    "periods": ["2025-01", "2025-02", "2025-03"],
    "missing_periods": [{"source": "distrokid", "first": "2025-03", "last": "2025-05", "missing": ["2025-04"]}],
    "changed_at": "2025-06-02T08:00:00Z",
    "results": None,
    "rest": None,
    "series": None,
}
SPOTIFY = {"name": "Spotify", "revenue": "101000.5", "quantity": 70000000, "rows": 1900000, "share": "0.548312"}
REST = {"revenue": "83202.171120934551", "quantity": 20214003, "rows": 1220445}
SERIES = {
    "periods": ["2025-01", "2025-02"],
    "total": {"revenue": ["90000", "94202.5"], "quantity": [44000000, 46214003]},
    "lines": [{"name": "Spotify", "revenue": ["50000", "51000.5"], "quantity": [34000000, 36000000]}],
    "rest": {"revenue": ["40000", "43202"]},
}


def _example(name: str, **fields: Any) -> OpenApiExample:
    return OpenApiExample(name, value=HEAD | FIGURES | fields, response_only=True, status_codes=["200"])


UNKNOWN_UPLOAD = OpenApiResponse(
    ErrorEnvelope,
    description="`upload_not_found`: `path` is no upload of yours.",
    examples=[
        OpenApiExample(
            "upload_not_found",
            value=error_example("client_error", "upload_not_found", "There is no such upload."),
            response_only=True,
        )
    ],
)

summary = extend_schema(
    operation_id="get_summary",
    summary="Totals over all sales files",
    description=(
        "Of every FINALIZED sales file of the active organisation, exact and up to date with each import, reimport and "
        "delete: a file that is being reimported counts as it was until the new revision is FINALIZED. Artists, "
        "releases and tracks are distinguished by ISRC and UPC, else by artist and title.\n\n"
        "`missing_periods` lists the months between the first and the last report of a source for which it has not "
        "reported. A report's month is the file's `reporting_period`, else those of its statements, else those of its "
        "sales.\n\n"
        "The answer has an ETag: send it in If-None-Match, and the answer is 304 while nothing has changed."
    ),
    tags=["Totals"],
    parameters=[
        OpenApiParameter("from", MONTH, description="Sales of this month and later."),
        OpenApiParameter("to", MONTH, description="Sales of this month and earlier."),
        OpenApiParameter("path", {"type": "integer", "minimum": 1}, description="Only files of this upload by link."),
        OpenApiParameter("by", str, enum=[*BY, "period"], description="Largest revenue first; months in their order."),
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS},
            description=f"Of `by`: {RESULTS} by default, {LINES} with `series`. Of months the newest.",
        ),
        OpenApiParameter("series", str, enum=["month"], description="For charts; with `by` a line for each."),
        OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of an earlier answer."),
        OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304]),
    ],
    responses={
        200: SummarySerializer,
        304: OpenApiResponse(description="Nothing has changed since."),
        400: ErrorEnvelope,
        404: UNKNOWN_UPLOAD,
    },
    examples=[
        _example("All time"),
        _example("By DSP, the first", results=[SPOTIFY], rest=REST),
        _example("For a chart", results=[SPOTIFY], rest=REST, series=SERIES),
    ],
)
