"""Refusals of services, and the answers of the API to them.

A service raises a `Refused` with words for the user; every view turns it into the error envelope with `answer_to`.
"""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

from oas.api.errors import Conflict, LimitReached, PreconditionFailed


class Refused(Exception):
    """The current state does not allow it (409). `code` is for programs, `text` for people, `facts` for both."""

    code = "refused"

    def __init__(self, text: str, *, code: str = "", **facts: Any) -> None:
        super().__init__(text)
        self.text = text
        self.facts = facts
        if code:
            self.code = code


class BadValue(Refused):
    """A value of the request cannot be right (400). `attr` is its field."""

    code = "invalid"

    def __init__(self, text: str, *, attr: str, code: str = "") -> None:
        super().__init__(text, code=code)
        self.attr = attr


class NotThere(Refused):
    """What is asked for does not exist, or not yet (404)."""

    code = "not_found"


class StaleVersion(Refused):
    """The row has changed since the client read it (412)."""

    code = "stale_version"


class QuotaReached(Refused):
    """The organisation uses all that it may (429). `facts`: limit (its name), most, wait (seconds)."""

    code = "quota_reached"


class Missing(APIException):
    """404 with a reason and facts of its own."""

    status_code = 404

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.text, refused.code)
        self.fields = refused.facts


def answer_to(refused: Refused) -> APIException:
    """The exception of DRF that has the text, code and facts of `refused`, and its HTTP status."""
    if isinstance(refused, BadValue):
        return ValidationError({refused.attr: [ErrorDetail(refused.text, refused.code)]})
    if isinstance(refused, StaleVersion):
        return PreconditionFailed()
    if isinstance(refused, NotThere):
        return Missing(refused)
    if isinstance(refused, QuotaReached):
        return LimitReached(refused.text, **refused.facts)
    return Conflict(refused.text, refused.code, **refused.facts)
