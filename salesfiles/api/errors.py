"""What a service refused, as the answer a client gets."""

from __future__ import annotations

from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from accounts.throttling import LimitReached
from oas.api.errors import Conflict, PreconditionFailed
from salesfiles.errors import BadValue, NoRejects, QuotaReached, Refused, SnapshotNotReady, StaleVersion, UnknownJob


class Missing(APIException):
    """404 with a reason and facts of its own."""

    status_code = 404

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.text, refused.code)
        self.fields = refused.facts


def answer_to(refused: Refused) -> APIException:
    if isinstance(refused, BadValue):
        return ValidationError({refused.attr: [ErrorDetail(refused.text, refused.code)]})
    if isinstance(refused, StaleVersion):
        return PreconditionFailed()
    if isinstance(refused, (SnapshotNotReady, NoRejects, UnknownJob)):
        return Missing(refused)
    if isinstance(refused, QuotaReached):
        return LimitReached(refused.text, **refused.facts)
    return Conflict(refused.text, refused.code, **refused.facts)
