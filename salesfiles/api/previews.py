"""The preview of a sales file over HTTP: its route's description, serializers and response."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from glider.contract import Check, CleaningResult, PreviewResult, ProposedMapping
from oas.api.openapi import ErrorEnvelope, error_example
from salesfiles.models import SalesFile
from salesfiles.services.previews import preview

WAIT = 2  # seconds until a client should ask again


class SeenSerializer(serializers.Serializer[Any]):
    """A member or sheet that no layout knows."""

    part = serializers.CharField(help_text="Member of the archive or sheet; empty for a plain file.")
    encoding = serializers.CharField()
    delimiter = serializers.CharField()
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class EncodingReadingSerializer(serializers.Serializer[Any]):
    """How an encoding reads some names of the file."""

    encoding = serializers.CharField(help_text="As PATCH takes it in `encoding`.")
    names = serializers.ListField(child=serializers.CharField())


class RecognisedSerializer(serializers.Serializer[Any]):
    """A member or sheet with the layout that was found for it."""

    part = serializers.CharField(help_text="Member of the archive or sheet; empty for a plain file.")
    encoding = serializers.CharField()
    delimiter = serializers.CharField()
    header_line = serializers.IntegerField(help_text="Counted from 1; 0: the layout has no header.")
    header = serializers.ListField(child=serializers.CharField())
    layout = serializers.CharField()
    title = serializers.CharField()
    version = serializers.CharField(help_text="Of the layout.")
    known = serializers.ListField(child=serializers.CharField(), help_text="Columns of the layout that are there.")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Columns the layout does not know.")
    runners_up = serializers.ListField(child=serializers.CharField(), help_text="Layouts that fit less well.")


class ProposalSerializer(serializers.Serializer[Any]):
    """A mapping of the columns of a file that no layout knows, for a person to look at. No file is read by it alone."""

    part = serializers.CharField(help_text="Member of the archive or sheet; empty for a plain file.")
    header_line = serializers.IntegerField(help_text="Counted from 1.")
    header = serializers.ListField(child=serializers.CharField())
    columns = serializers.DictField(child=serializers.CharField(), help_text="Field of a sale line → column.")
    undecided = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Field → the columns that could be it equally well.",
    )
    currency = serializers.CharField(help_text="Of the amounts, if the header names one; else empty.")
    totals = serializers.DictField(help_text="What the file would come to by this mapping; empty where it would fail.")
    warnings = serializers.ListField(child=serializers.CharField())
    cause = serializers.CharField(allow_null=True, help_text="Why the file would fail by this mapping.")
    message = serializers.CharField(help_text="The same in words, or what is still to be chosen.")


class PreviewSerializer(serializers.Serializer[Any]):
    """What cleaning would find in the file."""

    cause = serializers.CharField(allow_null=True, help_text="Why cleaning would fail; null when it would not.")
    message = serializers.CharField(help_text="The same in words.")
    container = serializers.CharField(help_text="text, gzip, zip or workbook.")
    seen = SeenSerializer(many=True, help_text="The first rows of a file that is not recognised.")
    proposal = ProposalSerializer(
        allow_null=True, help_text="What the columns of a file that no layout knows seem to be."
    )
    encodings = EncodingReadingSerializer(many=True, help_text="To choose from, if the encoding is not clear.")
    parts = RecognisedSerializer(many=True)
    lines = serializers.ListField(child=serializers.DictField(), help_text="The first 20 sale lines.")
    totals = serializers.DictField(help_text="Lines read, accepted, rejected, skipped, reasons, net, periods.")
    checks = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.CharField())


class PendingSerializer(serializers.Serializer[Any]):
    """The answer while Glider works on the preview."""

    status = serializers.ChoiceField(choices=["pending"])


TOTALS = (
    "rows_read", "accepted", "rejected", "skipped", "reasons", "net_read", "net_accepted", "net_rejected",
    "net_by_currency", "periods", "statement_periods",
)  # fmt: skip
_SEEN = {"cause", "message", "container", "seen", "encodings", "parts", "lines"}
EXAMPLE = {
    "cause": None,
    "message": "",
    "container": "text",
    "seen": [],
    "proposal": None,
    "encodings": [],
    "parts": [
        {
            "part": "",
            "encoding": "utf-8",
            "delimiter": ",",
            "header_line": 1,
            "header": ["Date Inserted", "Reporting Date", "Sale Month", "…"],
            "layout": "distrokid_2025",
            "title": "DistroKid (CSV, since 2025)",
            "version": "8d5f8d81c239cc29",
            "known": ["Date Inserted", "Reporting Date", "Sale Month", "…"],
            "unknown": ["Team Percentage"],
            "runners_up": [],
        }
    ],
    "lines": [{"source_row": 2, "period": "2025-07-01", "dsp": "Spotify", "net": "31.450000000000000000"}],
    "totals": {"rows_read": 1, "accepted": 1, "rejected": 0, "skipped": 0, "net_by_currency": {"USD": "31.45"}},
    "checks": [{"name": "rows read = accepted + rejected + skipped", "expected": "1", "found": "1", "tied": True}],
    "warnings": [],
}
NOTHING_SENT = error_example("client_error", "upload_missing", "Nothing has been uploaded to the link yet.")

describe = extend_schema(
    operation_id="preview_sales_file",
    summary="Preview of a sales file",
    description="What OAS sees in the uploaded content, before anything is imported: how it is packed and written, "
    "which layout it has and why, the first sale lines, totals and warnings; or why it cannot be taken, with the rows "
    "that were found. 202 while Glider works on it: ask again after the seconds in Retry-After.",
    tags=["Sales files"],
    parameters=[OpenApiParameter("id", int, OpenApiParameter.PATH, description="Of the sales file.")],
    responses={
        200: PreviewSerializer,
        202: OpenApiResponse(PendingSerializer, description="Not ready yet; Retry-After has the seconds to wait."),
        409: OpenApiResponse(
            ErrorEnvelope,
            description="`upload_missing` or `upload_incomplete`.",
            examples=[OpenApiExample("upload_missing", value=NOTHING_SENT, response_only=True)],
        ),
    },
    filters=False,
    examples=[
        OpenApiExample("Recognised", value=EXAMPLE, response_only=True, status_codes=["200"]),
        OpenApiExample("Pending", value={"status": "pending"}, response_only=True, status_codes=["202"]),
    ],
)


def answer(file: SalesFile) -> Response:
    """Return the preview of `file`, or 202 while Glider works on it."""
    found = preview(file)
    if found is None:
        return Response({"status": "pending"}, status=202, headers={"Retry-After": str(WAIT)})
    return Response(_public(found))


def _public(found: PreviewResult) -> dict[str, Any]:
    recognition = found.model_dump(mode="json", include=_SEEN)
    figures = found.figures
    checks: list[Check] = figures.checks if figures else []
    return {
        **recognition,
        "proposal": found.proposal and _public_proposal(found.proposal),
        **_totals(figures),
        "checks": [check.model_dump() for check in checks],
    }


def _public_proposal(proposal: ProposedMapping) -> dict[str, Any]:
    return {**proposal.model_dump(mode="json", exclude={"figures"}), **_totals(proposal.figures)}


def _totals(figures: CleaningResult | None) -> dict[str, Any]:
    if figures is None:
        return {"totals": {}, "warnings": []}
    return {"totals": figures.model_dump(mode="json", include=set(TOTALS)), "warnings": figures.warnings}
