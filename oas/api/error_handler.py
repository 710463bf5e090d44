"""Turn an exception in a view into the error envelope (drf-standardized-errors)."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import UnreadablePostError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response

from oas.api.errors import ServiceDown, TooLarge, service_down

log = structlog.get_logger(__name__)


class Formatter(ExceptionFormatter):
    """Adds the `fields` of an exception to the first error of the envelope."""

    def format_error_response(self, error_response: ErrorResponse) -> Any:
        envelope = super().format_error_response(error_response)
        envelope["errors"][0].update(getattr(self.exc, "fields", {}))
        return envelope


class Handler(ExceptionHandler):
    """Turns errors of services into 503, bad input into 400, and reports everything else as a bug."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, (SuspiciousOperation, UnreadablePostError)):
            return ParseError()
        # Some values pass every parser of ours and are refused by the database: 6195-06-01-16:35.
        if isinstance(exc, DataError):
            log.warning("out_of_range", error=str(exc))
            return ParseError("A value is out of the range that can be stored.", code="out_of_range")
        return service_down(exc) or super().convert_known_exceptions(exc)

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        if isinstance(exc, APIException):
            return exc
        return APIException("Something broke on our side; it has been noted.", code="error")

    def report_exception(self, exc: APIException, response: Response) -> None:
        if isinstance(exc, ServiceDown):
            log.warning("part_down", part=exc.fields["part"], error=str(self.exc))
        else:
            super().report_exception(exc, response)
