"""What the OpenAPI schema says about every route: its errors, its Idempotency-Key, who may call it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from drf_standardized_errors.openapi import AutoSchema as StandardizedSchema
from rest_framework import serializers

from oas.api.idempotency_key import HEADER, KEY_LENGTH

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH},
    OpenApiParameter.HEADER,
    description="Of your making, new for each request. Sent again with the same key within a day, the request is not "
    "done again but answered as the first time, with `Idempotent-Replayed: true`; while the first is under way: 409 "
    "with Retry-After. Errors that pass (409, 429, 5xx) are not stored.",
)
_ENVELOPE = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}
TYPES = ("validation_error", "client_error", "server_error")


class ErrorItem(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs.")
    detail = serializers.CharField(help_text="For people.")
    attr = serializers.CharField(allow_null=True, help_text="The field that is wrong, if it is one.")


class ErrorEnvelope(serializers.Serializer[Any]):
    """Every error has this shape; some carry more fields beside `attr`, as their description says."""

    type = serializers.ChoiceField(choices=TYPES)
    errors = ErrorItem(many=True)  # type: ignore[assignment]


def error_example(kind: str, code: str, detail: str, attr: str | None = None, **fields: Any) -> dict[str, Any]:
    """An envelope with one error, as an example in the schema."""
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": attr, **fields}]}


ERRORS: dict[str, tuple[str, dict[str, Any]]] = {
    "400": (
        "The request is malformed, or a field is missing or wrong.",
        error_example("validation_error", "required", "This field is required.", "filename"),
    ),
    "401": (
        "The caller is not known.",
        error_example("client_error", "not_authenticated", "Authentication credentials were not provided."),
    ),
    "403": (
        "You are known, but may not do this.",
        error_example("client_error", "permission_denied", "You may read here, but not change anything."),
    ),
    "404": (
        "It does not exist, or not in your organisation.",
        error_example("client_error", "not_found", "Not found."),
    ),
    "409": (
        "Not possible in the current state.",
        error_example("client_error", "conflict", "This is not possible in the current state."),
    ),
    "412": (
        "It has been changed since you read it.",
        error_example("client_error", "precondition_failed", "It has been changed since you read it: read it again."),
    ),
    "413": (
        "The body is too large.",
        error_example("client_error", "too_large", "The request body is over the limit of 2097152 bytes."),
    ),
    "415": (
        "The body is neither JSON nor a form.",
        error_example("client_error", "unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
    ),
    "422": (
        "The Idempotency-Key came before, with another request.",
        error_example(
            "client_error",
            "idempotency_key_reused",
            "This Idempotency-Key came before with another request: take a new one for each request of its own.",
        ),
    ),
    "429": (
        "Too many requests, or `quota_reached`: your organisation uses all that it may (`limit` names it, `most` its "
        "value). Wait for the seconds in Retry-After.",
        error_example("client_error", "throttled", "Request was throttled. Expected available in 17 seconds."),
    ),
    "500": (
        "A bug of ours; it has been noted.",
        error_example("server_error", "error", "Something broke on our side; it has been noted."),
    ),
    "503": (
        "A part that OAS depends on is down: the error names it.",
        error_example(
            "server_error",
            "part_down",
            "The s3 does not answer at the moment: try again in a few seconds.",
            part="s3",
        ),
    ),
}


class AutoSchema(StandardizedSchema):
    """Adds to each operation its errors, and the Idempotency-Key where the view takes one."""

    def get_override_parameters(self) -> list[Any]:
        given: list[Any] = super().get_override_parameters()
        # An attribute of the view, because this package knows no app, and so not the class of `idempotency`.
        takes_key = self.method == "POST" and getattr(self.view, "is_idempotent", False)
        return [*given, IDEMPOTENCY_KEY] if takes_key else given

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in ("413", "415") and self.method not in ("POST", "PUT", "PATCH"):
            return False
        return bool(super()._should_add_error_response(responses, status_code))


def add_idempotency(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the answers that a POST can have because it takes an Idempotency-Key."""
    for path in result.get("paths", {}).values():
        for operation in path.values():
            if any(given["name"] == HEADER for given in operation.get("parameters", [])):
                for status in ("409", "422"):
                    operation["responses"].setdefault(status, {"description": "", "content": deepcopy(_ENVELOPE)})
    return result


def add_long_addresses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add 414, which gunicorn itself answers to an address of more than 4,094 bytes."""
    page = {"text/html": {"schema": {"type": "string"}}}
    for path in result.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].setdefault("414", {"description": "The address is too long.", "content": page})
    return result


def add_error_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every error a description and an example, where the view gave none of its own."""
    for path in result.get("paths", {}).values():
        for operation in path.values():
            for status, response in operation.get("responses", {}).items():
                if status in ERRORS:
                    _describe(response, *ERRORS[status])
    return result


def _describe(response: dict[str, Any], description: str, example: dict[str, Any]) -> None:
    response["description"] = response.get("description") or description
    for content in response.get("content", {}).values():
        if not content.get("examples"):
            content["examples"] = {"Error": {"value": example}}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.access.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "A key of an organisation: eight characters, a dot, 32 characters.",
        }


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.access.BearerAuthentication"
    name = "Bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from `POST /api/auth/login/`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "Session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the admin site; changing anything takes its CSRF token as well.",
        }
