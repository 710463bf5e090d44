"""The webhook in the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from glider.contract import Module
from oas.api.openapi import ErrorEnvelope, error_example


def _error(description: str, code: str, detail: str, **fields: Any) -> OpenApiResponse:
    example = OpenApiExample(code, value=error_example("client_error", code, detail, **fields), response_only=True)
    return OpenApiResponse(ErrorEnvelope, description=description, examples=[example])


glider_webhook = extend_schema(
    operation_id="glider_webhook",
    summary="A job has ended",
    description="Glider notifies OAS here when a job has ended. The body only names the job: what came of it is read "
    "from its result object in S3. A second call for the same job has no second effect.\n\n"
    "Signed per Standard Webhooks: `webhook-id`, `webhook-timestamp` (seconds, at most five minutes off) and "
    "`webhook-signature: v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.",
    tags=["Machines"],
    auth=[],
    parameters=[
        OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ],
    request=inline_serializer(
        "FinishedJob",
        {
            "type": serializers.ChoiceField(choices=["job.finished"]),
            "job": serializers.UUIDField(),
            "organisation": serializers.IntegerField(),
            "module": serializers.ChoiceField(choices=[module.value for module in Module]),
            "status": serializers.ChoiceField(choices=["succeeded", "failed"]),
        },
    ),
    responses={
        200: inline_serializer(
            "HeardJob",
            {"job": serializers.UUIDField(), "effect": serializers.ChoiceField(choices=["applied", "repeated"])},
        ),
        400: ErrorEnvelope,
        401: _error("The signature, or its time, is wrong.", "bad_signature", "The signature does not fit."),
        404: _error("There is no such job.", "unknown_job", "There is no such job."),
        409: _error("`stale_job`, or `result_missing`.", "stale_job", "The sales file does not wait for this job."),
    },
    examples=[
        OpenApiExample(
            "Cleaned",
            request_only=True,
            value={
                "type": "job.finished",
                "job": "0b7d4a64-6a3f-4c3e-9a6a-0f7e4a6f2f11",
                "organisation": 1,
                "module": "cleaning",
                "status": "succeeded",
            },
        ),
        OpenApiExample(
            "Applied",
            value={"job": "0b7d4a64-6a3f-4c3e-9a6a-0f7e4a6f2f11", "effect": "applied"},
            response_only=True,
            status_codes=["200"],
        ),
    ],
)
