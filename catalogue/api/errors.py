"""What a service refused, as the answer a client gets."""

from __future__ import annotations

from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from catalogue.errors import BadValue, Refused
from oas.api.errors import Conflict


def answer_to(refused: Refused) -> APIException:
    if isinstance(refused, BadValue):
        return ValidationError({refused.attr: [ErrorDetail(refused.text, refused.code)]})
    return Conflict(refused.text, refused.code, **refused.facts)
